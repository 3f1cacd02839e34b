import { joined } from '../bytes.ts';
import type { Exchange, InboundHeaders } from './message.ts';
import type { ExchangePorts } from './ports.ts';
import { type ResponseRelay, relayFailure, sendBody } from './relay-response.ts';
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
    if (!(await beforeEnd())) return 'ledger_unavailable';
    session.responding = true;
    await exchange.send({ kind: 'response_headers', end: true, ...relay.changes });
    return undefined;
  }
  session.responding = true;
  await exchange.send({ kind: 'response_headers', end: false, ...relay.changes });
  for (;;) {
    const message = await exchange.next();
    if (message.kind === 'response_body') {
      const released = await relay.push(message.bytes);
      if (!message.end) {
        await sendBody(exchange, released, false, 'response_body');
        continue;
      }
      const last = joined([released.slice(), await relay.end()]);
      if (!(await beforeEnd())) return 'ledger_unavailable';
      await sendBody(exchange, last, true, 'response_body');
    } else if (message.kind === 'response_trailers') {
      const last = await relay.end();
      if (!(await beforeEnd())) return 'ledger_unavailable';
      await sendBody(exchange, last, false, 'response_body');
      await exchange.send({ kind: 'response_trailers', ...relay.trailers(message.headers) });
    } else {
      return message.kind === 'gone' ? 'caller_or_upstream_gone' : `unexpected_${message.kind}`;
    }
    return undefined;
  }
}
