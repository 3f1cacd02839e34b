import type { Approval } from '../approval/approval.ts';
import type { RefusalCode } from '../error-codes.ts';
import type { MaskingEngine } from '../masking/engine.ts';
import type { MaskProfile, Policy } from '../policy/policy.ts';
import type {
  ApprovalStore,
  Clock,
  Codec,
  Ids,
  KeyedDigest,
  Ledger,
  PatchCodec,
  PayloadSealers,
  Replication,
  Spill,
  Timers,
} from '../ports.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { HoldSlots } from './hold-slots.ts';
import type { Phase } from './phases.ts';
import type { SessionOutcome } from './records.ts';
import type { RefusalCounts } from './refusal-counts.ts';
import type { Session } from './session.ts';

/** Everything one exchange needs of the world; made once by the composition root. */
export interface ExchangePorts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly timers: Timers;
  readonly codec: Codec;
  readonly digest: KeyedDigest;
  readonly sealers: PayloadSealers;
  readonly patches: PatchCodec;
  readonly ledger: Ledger;
  readonly replication: Replication;
  readonly refusals: RefusalCounts;
  readonly approvals: ApprovalStore;
  readonly masking: MaskingEngine;
  /**
   * The profile of a recorded copy or a preview, beside the traffic's own (undefined: none), and of everything else that is
   * recorded (undefined as well).
   */
  readonly copyProfile: (traffic: MaskProfile | undefined) => MaskProfile;
  readonly policy: () => Policy;
  readonly verifyMac: (text: string, mac: string) => boolean;
  /** The header an upstream's own key goes into, by the credential's name. Undefined: unknown name or unreadable file. */
  readonly credential: (name: string) => { readonly header: string; readonly value: string } | undefined;
  readonly approvalUrl: (approval: Approval) => string;
  /** Aborted when this process drains: holds end with 409, so that the caller's retry finds another process. */
  readonly draining: AbortSignal;
  readonly budget: ByteBudget;
  readonly spill: Spill;
  readonly holds: HoldSlots;
  readonly limits: ExchangeLimits;
  readonly metrics: ExchangeMetrics;
  /** A bug: goes to the log with its stack, never with data of the exchange. */
  readonly failure: (error: unknown, session: string) => void;
}

export interface ExchangeLimits {
  readonly requestBytes: number;
  /** How much of each body is kept, sealed. */
  readonly payloadBytes: number;
  /** A request that pauses longer than this while it is being sent is refused. */
  readonly uploadIdleMs: number;
  readonly responseEventBytes: number;
  /** Longest message of a gRPC answer; of a request it is `requestBytes`. */
  readonly responseMessageBytes: number;
  readonly decodedBytes: number;
  readonly expansionRatio: number;
}

/** Named by what happened, not by a library. */
export interface ExchangeMetrics {
  /** A session is being served until `left`: what it has in hand can be looked at meanwhile. */
  began(session: Session): void;
  left(session: Session): void;
  phase(phase: Phase, seconds: number): void;
  /** `code`: what the caller was answered instead of the model's answer. */
  ended(endpoint: string, outcome: ExchangeOutcome, code: RefusalCode | undefined, seconds: number): void;
  held(delta: 1 | -1): void;
  holdEnded(outcome: HoldOutcome): void;
  masked(direction: 'request' | 'response', entity: string, count: number): void;
}

/** As in the record; `unrecorded`: there is none. */
export type ExchangeOutcome = SessionOutcome['outcome'] | 'unrecorded';

/** `approved`, why Envoy ended it, or the code that the caller got. */
export type HoldOutcome = 'approved' | 'gone' | 'overtaken' | RefusalCode;
