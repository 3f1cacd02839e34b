import type { Approval } from '../approval/approval.ts';
import type { GrpcMethod } from '../body/protobuf/methods.ts';
import type { TokenUsage } from '../body/token-usage.ts';
import type { Receipt } from '../ledger/record.ts';
import type { MaskSummary } from '../masking/masker.ts';
import type { BodyFacts, Decision, Endpoint, EndpointFacts, Policy, RequestFacts } from '../policy/policy.ts';
import type { HandOff } from './hand-off.ts';
import type { HeaderList } from './message.ts';

/** Everything learnt about one exchange so far; the final record is made of it, whatever happens. */
export interface Session {
  /** Our own until the hand-off is verified, then the one authz-service minted. */
  id: string;
  readonly startedAtMs: number;
  /** Monotonic, for durations. */
  readonly startedAt: number;
  /** As received: they tell in what shape an answer of ours must be. */
  headers: HeaderList;
  /** Monotonic, when the last phase ended (phases.ts). */
  phaseSince: number;
  handOff?: HandOff;
  target?: RequestFacts;
  endpoint?: Endpoint;
  /** The policy that `endpoint` and `facts` are of. */
  routedBy?: Policy;
  facts?: EndpointFacts;
  /** The call is gRPC, and read. */
  grpc?: GrpcMethod;
  request?: RequestSeen;
  decision?: Decision;
  approval?: Approval;
  /** Keyed digest of the masked text that approvers are shown. */
  previewDigest?: string;
  masking: { request?: MaskSummary; response?: MaskSummary };
  response?: ResponseSeen;
  /** True once `session.opened` is durable: from here on the model may have seen the request. */
  opened: boolean;
  /** The newest of its records that is on disk. */
  recordedTo?: Receipt | undefined;
  /** True once its terminal record is durable. */
  ended: boolean;
  /** True once response headers went to the caller: from here on there is no other answer, only a reset. */
  responding: boolean;
  decidedAtMs?: number;
  forwardedAtMs?: number;
}

export interface RequestSeen {
  readonly contentType: string;
  readonly coding: string;
  /** Of the JSON in front of binary tensors. */
  readonly jsonBytes?: number;
  /** As received, still encoded. */
  receivedBytes: number;
  /** Decoded: the bytes that facts, digest and forwarding share. */
  bytes: number;
  /** Of a streamed request it is known only when its end, or the end of the exchange, is. */
  digest?: string;
  /** Of a streamed request: whether its end was seen. */
  complete?: boolean;
  /** Which key made the digests of this session. */
  readonly digestKey: string;
  forwardedDigest?: string;
  facts?: BodyFacts;
  copy?: CopySeen;
}

export interface ResponseSeen {
  readonly status: number;
  readonly contentType: string;
  readonly coding: string;
  readonly startedAtMs: number;
  bytes: number;
  releasedBytes: number;
  digest?: string;
  releasedDigest?: string;
  /** Tokens, as the answer itself counts them. */
  usage?: TokenUsage;
  copy?: CopySeen;
}

/** What of a body is kept, sealed: in how many parts, how much of its masked copy and of what was received, and whether the cap cut it. */
export interface CopySeen {
  readonly bytes: number;
  readonly cap: number;
  readonly parts: number;
  readonly received: number;
  readonly truncated: boolean;
}
