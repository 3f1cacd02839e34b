import { endSession } from './end-session.ts';
import { type HandOff, verifyOwn } from './hand-off.ts';
import { type Exchange, headerOf, type InboundHeaders } from './message.ts';
import type { ExchangePorts } from './ports.ts';
import { relayUnrecorded } from './relay-unrecorded.ts';
import type { Session } from './session.ts';

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
    const status = Number(headerOf(first.headers, ':status'));
    const seen = {
      status,
      contentType: '',
      coding: 'identity',
      startedAtMs: session.startedAtMs,
      bytes: 0,
      releasedBytes: 0,
    };
    session.response = seen;
    const reason = handOff === undefined ? 'answered_by_envoy_before_identity' : 'answered_by_envoy';
    if (!(await endSession('session.denied', { outcome: 'denied', reason }, session, on)))
      return exchange.reset('ledger_unavailable');
  }
  // Our own words, proved by the hand-off, stay as authz-service wrote them; Envoy's may quote anybody's.
  const traffic = handOff?.outcome === 'refused' ? undefined : on.copyProfile(undefined);
  if (await relayUnrecorded(first, session, exchange, traffic, on)) exchange.finish();
}
