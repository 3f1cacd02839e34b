import { conclude } from './conclude.ts';
import { type HandOff, verifyOwn } from './hand-off.ts';
import type { Exchange, InboundHeaders } from './message.ts';
import type { ExchangePorts } from './ports.ts';
import { sessionEnded } from './records.ts';
import { relayUnrecorded } from './relay-unrecorded.ts';
import type { Session } from './session.ts';
import { refused } from './stop.ts';

/**
 * A stream that starts with response headers: Envoy answers by itself. A refusal that authz-service has recorded already is
 * recognised by its signed hand-off and passes; everything else is recorded as what it is.
 */
export async function serveLocalReply(
  first: InboundHeaders,
  session: Session,
  exchange: Exchange,
  on: ExchangePorts,
): Promise<void> {
  const handOff: HandOff | undefined = verifyOwn(first.handOff, on.verifyMac, on.clock.now());
  if (handOff !== undefined) {
    session.id = handOff.session;
    session.handOff = handOff;
  }
  if (handOff?.outcome !== 'refused') {
    const clock = { nowMs: on.clock.now(), monotonic: on.clock.monotonic() };
    const status = Number(first.headers.find(([name]) => name === ':status')?.[1]);
    session.response = {
      status,
      contentType: '',
      coding: 'identity',
      startedAtMs: clock.nowMs,
      bytes: 0,
      releasedBytes: 0,
    };
    const redact = (text: string): string => on.masking.maskText(text, on.copyProfile).text;
    const reason = handOff === undefined ? 'answered_by_envoy_before_identity' : 'answered_by_envoy';
    const draft = sessionEnded('session.denied', session, { outcome: 'denied', reason }, clock, redact);
    const recorded = await on.ledger.append([draft]);
    on.metrics.ended('answered_by_envoy', 0);
    if (!recorded.ok)
      return conclude(
        refused('ERR_RECORD_UNAVAILABLE', recorded.error.reason, { retryAfter: 5 }),
        session,
        exchange,
        on,
      );
  }
  if (await relayUnrecorded(first, session, exchange, on)) exchange.finish();
}
