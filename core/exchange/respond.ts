import type { RecordDraft } from '../ledger/record.ts';
import { err, ok, type Result } from '../result.ts';
import { conclude } from './conclude.ts';
import { endSession } from './end-session.ts';
import { type Keep, keepOf } from './keep.ts';
import { profileOf } from './mask-request.ts';
import type { Exchange, InboundHeaders } from './message.ts';
import { countMasked, endPhase } from './phases.ts';
import type { ExchangePorts } from './ports.ts';
import { ResponsePump } from './pump.ts';
import { isFarEnough, unconfirmed } from './record.ts';
import { ResponseRelay } from './relay-response.ts';
import type { ResponseMode } from './response-reading.ts';
import type { Session } from './session.ts';
import { type Refused, refused, type Stop, stopOf } from './stop.ts';

/** The model's answer, for a session that was opened and whose request has ended. */
export async function respond(
  mode: ResponseMode,
  session: Session,
  exchange: Exchange,
  on: ExchangePorts,
): Promise<void> {
  const message = await exchange.next();
  if (message.kind !== 'response_headers') {
    return conclude(stopOf(message) ?? refused('ERR_INTERNAL', `unexpected_${message.kind}`), session, exchange, on);
  }
  const opened = openResponse(message, mode, session, exchange, on, () => []);
  if (!opened.ok) return conclude(opened.error, session, exchange, on);
  const { pump, close, takeCopy } = opened.value;
  try {
    let step = await pump.start();
    while (step === 'more') step = await pump.take(await exchange.next());
    close();
    if (step === 'ended') return exchange.finish();
    await conclude({ kind: 'cut', reason: step.cut, drafts: takeCopy() }, session, exchange, on);
  } finally {
    close();
  }
}

/** A response that has begun. Its record, `session.closed`, is written before its end is released. */
export interface OpenResponse {
  readonly pump: ResponsePump;
  /** Parts of its copy that no record refers to yet: for the record of its abort. */
  readonly takeCopy: () => readonly RecordDraft[];
  readonly close: () => void;
}

/** `beforeRecord`: the last moment to add to what the record says; what it gives is written before it. */
export function openResponse(
  message: InboundHeaders,
  mode: ResponseMode,
  session: Session,
  exchange: Exchange,
  on: ExchangePorts,
  beforeRecord: () => readonly RecordDraft[],
): Result<OpenResponse, Stop> {
  endPhase('model', session, on);
  const opened = ResponseRelay.open(message, session, mode, on);
  if (!opened.ok) return err(refused('ERR_RESPONSE_UNREADABLE', opened.error.reason));
  const relay = opened.value;
  // A close that failed leaves them here for the record of the abort.
  let unwritten: readonly RecordDraft[] = [];
  const takeCopy = (): readonly RecordDraft[] => {
    const copy = relay.finishCopy();
    if (copy !== undefined) relay.seen.copy = copy.seen;
    session.masking.response = relay.summary();
    return [...unwritten, ...(copy?.drafts ?? [])];
  };
  const record = async (): Promise<string | undefined> => {
    unwritten = [...beforeRecord(), ...takeCopy()];
    const closed = await endSession('session.closed', { outcome: 'completed' }, session, on, unwritten);
    if (!closed) return 'ledger_unavailable';
    unwritten = [];
    // It says that the answer was released. If it may not be, a linked `session.aborted` says so behind it.
    return (await isFarEnough(session, on)) ? undefined : unconfirmed;
  };
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    relay.close();
    countMasked('response', relay.summary(), on);
  };
  return ok({ pump: new ResponsePump(message, relay, session, exchange, on, record), takeCopy, close });
}

/** How the answer will be read, masked and kept, under the policy of this moment. */
export function responseMode(session: Session, on: ExchangePorts): Result<ResponseMode, Refused> {
  const { endpoint, target } = session;
  if (endpoint?.api === 'opaque') return ok({ kind: 'opaque' });
  const traffic = endpoint === undefined ? 'unknown' : profileOf(endpoint.mask.response, on.policy());
  if (endpoint === undefined || traffic === 'unknown') return err(refused('ERR_INTERNAL', 'mask_profile_unknown'));
  const keep = keepOf(session, on);
  if (!keep.ok) return keep;
  return ok({ kind: 'read', api: endpoint.api, path: target?.path ?? '', traffic, keep: keep.value });
}

export const keptBy = (mode: ResponseMode): Keep | undefined => (mode.kind === 'read' ? mode.keep : undefined);
