import { conclude } from './conclude.ts';
import type { Exchange } from './message.ts';
import type { ExchangePorts } from './ports.ts';
import { pump } from './pump.ts';
import { profileOf } from './read-request.ts';
import { sessionEnded } from './records.ts';
import { type ResponseMode, ResponseRelay } from './relay-response.ts';
import type { Session } from './session.ts';
import { refused, stopOf } from './stop.ts';

/** The model's answer, for a session that was opened. */
export async function respond(session: Session, exchange: Exchange, on: ExchangePorts): Promise<void> {
  const message = await exchange.next();
  if (message.kind !== 'response_headers') {
    return conclude(stopOf(message) ?? refused('ERR_INTERNAL', `unexpected_${message.kind}`), session, exchange, on);
  }
  const mode = modeOf(session, on);
  if (mode === undefined) return conclude(refused('ERR_INTERNAL', 'mask_profile_unknown'), session, exchange, on);
  const opened = ResponseRelay.open(message, session, mode, on);
  if (!opened.ok) return conclude(refused('ERR_RESPONSE_UNREADABLE', opened.error.reason), session, exchange, on);
  const relay = opened.value;
  const cut = await pump(message, relay, session, exchange, on, () => close(relay, session, on));
  if (cut === undefined) return exchange.finish();
  const copy = relay.finishCopy();
  relay.seen.copy = copy.seen;
  session.masking.response = relay.summary();
  await conclude({ kind: 'cut', reason: cut, drafts: copy.drafts }, session, exchange, on);
}

function modeOf(session: Session, on: ExchangePorts): ResponseMode | undefined {
  const { endpoint } = session;
  if (endpoint === undefined) return undefined;
  const traffic = profileOf(endpoint.mask.response, on.policy());
  return traffic === 'unknown'
    ? undefined
    : { api: endpoint.api, traffic, keepCopy: endpoint.record.payload === 'sealed' };
}

/** `session.closed`, with the last part of the copy. False: it is not durable, so the end must not go out. */
async function close(relay: ResponseRelay, session: Session, on: ExchangePorts): Promise<boolean> {
  const copy = relay.finishCopy();
  relay.seen.copy = copy.seen;
  session.masking.response = relay.summary();
  const clock = { nowMs: on.clock.now(), monotonic: on.clock.monotonic() };
  const redact = (text: string): string => on.masking.maskText(text, on.copyProfile).text;
  const closed = sessionEnded('session.closed', session, { outcome: 'completed' }, clock, redact);
  const recorded = await on.ledger.append([...copy.drafts, closed]);
  if (recorded.ok) {
    for (const [entity, count] of Object.entries(session.masking.response.counts)) on.metrics.masked(entity, count);
    on.metrics.ended('completed', (clock.monotonic - session.startedAt) / 1000);
  }
  return recorded.ok;
}
