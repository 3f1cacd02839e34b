import type { RecordDraft } from '../ledger/record.ts';
import { conclude } from './conclude.ts';
import { endSession } from './end-session.ts';
import type { Exchange } from './message.ts';
import { countMasked, endPhase } from './phases.ts';
import type { ExchangePorts } from './ports.ts';
import { pump } from './pump.ts';
import { profileOf } from './read-request.ts';
import { type ResponseMode, ResponseRelay } from './relay-response.ts';
import type { Session } from './session.ts';
import { refused, stopOf } from './stop.ts';

/** The model's answer, for a session that was opened. */
export async function respond(session: Session, exchange: Exchange, on: ExchangePorts): Promise<void> {
  const message = await exchange.next();
  if (message.kind !== 'response_headers') {
    return conclude(stopOf(message) ?? refused('ERR_INTERNAL', `unexpected_${message.kind}`), session, exchange, on);
  }
  endPhase('model', session, on);
  const mode = modeOf(session, on);
  if (mode === undefined) return conclude(refused('ERR_INTERNAL', 'mask_profile_unknown'), session, exchange, on);
  const opened = ResponseRelay.open(message, session, mode, on);
  if (!opened.ok) return conclude(refused('ERR_RESPONSE_UNREADABLE', opened.error.reason), session, exchange, on);
  const relay = opened.value;
  // Parts of the copy that no record refers to yet; a close that failed leaves them here for the record of the abort.
  let unwritten: readonly RecordDraft[] = [];
  const takeCopy = (): readonly RecordDraft[] => {
    const copy = relay.finishCopy();
    relay.seen.copy = copy.seen;
    session.masking.response = relay.summary();
    return [...unwritten, ...copy.drafts];
  };
  const cut = await pump(message, relay, session, exchange, on, async () => {
    unwritten = takeCopy();
    const closed = await endSession('session.closed', { outcome: 'completed' }, session, on, unwritten);
    if (closed) unwritten = [];
    return closed;
  });
  countMasked('response', relay.summary(), on);
  if (cut === undefined) return exchange.finish();
  await conclude({ kind: 'cut', reason: cut, drafts: takeCopy() }, session, exchange, on);
}

function modeOf(session: Session, on: ExchangePorts): ResponseMode | undefined {
  const { endpoint } = session;
  if (endpoint === undefined) return undefined;
  const traffic = profileOf(endpoint.mask.response, on.policy());
  return traffic === 'unknown'
    ? undefined
    : { api: endpoint.api, traffic, keepCopy: endpoint.record.payload === 'sealed' };
}
