import { isGrpc as isGrpcProtobuf } from '../body/media-type.ts';
import { type GrpcMethod, grpcMethodOf } from '../body/protobuf/methods.ts';
import { readTarget } from '../policy/paths.ts';
import type { Endpoint } from '../policy/policy.ts';
import { err, ok, type Result } from '../result.ts';
import { isGrpc } from './answer-shape.ts';
import { verifyHandOff } from './hand-off.ts';
import { headerOf, type InboundHeaders } from './message.ts';
import type { ExchangePorts } from './ports.ts';
import type { Session } from './session.ts';
import { refused, type Stop } from './stop.ts';

export interface Admitted {
  /** The request goes on as it comes: unread, or message by message. */
  readonly streams: boolean;
  /** Its content coding is undone; else it stays as it came. */
  readonly reads: boolean;
}

/** The hand-off, against what this stream says itself; then the endpoint, by this process's own policy. */
export function admit(first: InboundHeaders, session: Session, on: ExchangePorts): Result<Admitted, Stop> {
  const seen = {
    method: headerOf(first.headers, ':method') ?? '',
    authority: headerOf(first.headers, ':authority') ?? '',
    path: headerOf(first.headers, ':path') ?? '',
  };
  const verified = verifyHandOff(first.handOff, seen, on.verifyMac, on.clock.now());
  if (!verified.ok) return err(refused('ERR_HAND_OFF', verified.error.reason));
  const handOff = verified.value;
  session.id = handOff.session;
  session.handOff = handOff;
  if (handOff.outcome !== 'allow' || handOff.principal === undefined) {
    return err(refused('ERR_HAND_OFF', 'hand_off_not_admitted'));
  }
  const target = readTarget(seen.method, seen.authority, seen.path);
  if (!target.ok) return err(refused('ERR_REQUEST_TARGET', target.error.reason));
  session.target = target.value;
  const routed = route(session, on);
  if (!routed.ok) return routed;
  const { api, name } = routed.value;
  if (api === 'opaque') return ok({ streams: on.policy().streamsRequest(name), reads: false });
  const grpc = grpcMethodOf(api, target.value.path);
  const misfit = whyNotRead(grpc, first);
  if (misfit !== undefined) return err(misfit);
  if (grpc !== undefined) session.grpc = grpc;
  return ok({ streams: grpc?.streams === true, reads: true });
}

/** Frames with lengths in them: a body that is read or masked as anything else would be misread, or broken. */
function whyNotRead(grpc: GrpcMethod | undefined, { headers }: InboundHeaders): Stop | undefined {
  const saysGrpc = isGrpc(headers);
  if (grpc === undefined)
    return saysGrpc ? refused('ERR_REQUEST_PROTOCOL', 'grpc_call_not_read', { detail: notRead }) : undefined;
  if (!saysGrpc) return refused('ERR_REQUEST_PROTOCOL', 'grpc_expected');
  return isGrpcProtobuf(headerOf(headers, 'content-type') ?? '')
    ? undefined
    : refused('ERR_REQUEST_PROTOCOL', 'grpc_codec_not_read');
}

const notRead = 'This gRPC call is not one that is read here; an endpoint with api opaque takes any.';

/** Looks the endpoint up in the policy of this moment: at the start, and again when a hold ends. */
export function route(session: Session, on: ExchangePorts): Result<Endpoint, Stop> {
  const policy = on.policy();
  const found = session.target && policy.route(session.target);
  if (found === undefined) return err(refused('ERR_POLICY_DENIED', 'no_endpoint'));
  session.endpoint = found.endpoint;
  session.facts = found.facts;
  session.routedBy = policy;
  return ok(found.endpoint);
}
