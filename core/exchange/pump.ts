import { joined } from '../bytes.ts';
import type { Exchange, HeaderList, InboundHeaders } from './message.ts';
import type { ExchangePorts } from './ports.ts';
import { type ResponseRelay, relayFailure } from './relay-response.ts';
import { sendBody } from './send-body.ts';
import type { Session } from './session.ts';

/**
 * Moves a response to the caller. `beforeEnd` makes its record durable; only then is END_STREAM released. Returns undefined when
 * the end went out, else why it was cut: what was held back then is never released.
 */
export async function pump(
  first: InboundHeaders,
  relay: ResponseRelay,
  session: Session,
  exchange: Exchange,
  on: ExchangePorts,
  beforeEnd: () => Promise<boolean>,
): Promise<string | undefined> {
  try {
    return await relayAll(first, relay, session, exchange, beforeEnd);
  } catch (error) {
    const known = relayFailure(error);
    if (known === undefined) on.failure(error, session.id);
    return known ?? 'bug';
  } finally {
    relay.close();
  }
}

async function relayAll(
  first: InboundHeaders,
  relay: ResponseRelay,
  session: Session,
  exchange: Exchange,
  beforeEnd: () => Promise<boolean>,
): Promise<string | undefined> {
  if (first.end) {
    await relay.end();
    if (!(await beforeEnd())) return ledgerUnavailable;
    session.responding = true;
    return sentOrGone(await exchange.send({ kind: 'response_headers', end: true, ...relay.changes }));
  }
  session.responding = true;
  await exchange.send({ kind: 'response_headers', end: false, ...relay.changes });
  for (;;) {
    const message = await exchange.next();
    switch (message.kind) {
      case 'response_body': {
        const released = await relay.push(message.bytes);
        if (message.end)
          return releaseEnd(joined([released.slice(), await relay.end()]), undefined, relay, exchange, beforeEnd);
        relay.seen.releasedBytes += await sendBody(exchange, released, false, 'response_body');
        break;
      }
      case 'response_trailers':
        return releaseEnd(await relay.end(), message.headers, relay, exchange, beforeEnd);
      case 'gone':
        return 'caller_or_upstream_gone';
      default:
        return `unexpected_${message.kind}`;
    }
  }
}

/** The last bytes, and trailers if there are any: the record counts them, so they go out only when it is durable. */
async function releaseEnd(
  last: Uint8Array,
  trailers: HeaderList | undefined,
  relay: ResponseRelay,
  exchange: Exchange,
  beforeEnd: () => Promise<boolean>,
): Promise<string | undefined> {
  const releasedBefore = relay.seen.releasedBytes;
  relay.seen.releasedBytes += last.length;
  const recorded = await beforeEnd();
  const sentBytes = recorded ? await sendBody(exchange, last, trailers === undefined, 'response_body') : 0;
  relay.seen.releasedBytes = releasedBefore + sentBytes;
  if (!recorded) return ledgerUnavailable;
  if (sentBytes < last.length) return sentOrGone(false);
  if (trailers === undefined) return undefined;
  return sentOrGone(await exchange.send({ kind: 'response_trailers', ...relay.trailers(trailers) }));
}

/** Gone after `session.closed`: a linked `session.aborted` says how far it came. */
const sentOrGone = (sent: boolean): string | undefined => (sent ? undefined : 'gone_after_closed');
const ledgerUnavailable = 'ledger_unavailable';
