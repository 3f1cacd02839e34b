import { joined } from '../bytes.ts';
import type { Exchange, HeaderList, Inbound, InboundHeaders } from './message.ts';
import type { ExchangePorts } from './ports.ts';
import { type ResponseRelay, relayFailure } from './relay-response.ts';
import { sendBody } from './send-body.ts';
import type { Session } from './session.ts';

/** How far a response is after a message. Cut: what was held back is never released. */
export type Step = 'more' | 'ended' | { readonly cut: string };

/** The last bytes of a response go out together with its end, so they wait for the record; beyond this they go on ahead. */
const heldEndBytes = 64 * 1024;

/**
 * Moves a response to the caller, a message at a time. `beforeEnd` makes its record durable; only then is END_STREAM released. What it
 * resolves with is why it may not be.
 * Who reads the messages is somebody else's business: those of the request may come between them.
 */
export class ResponsePump {
  readonly #first: InboundHeaders;
  readonly #relay: ResponseRelay;
  readonly #session: Session;
  readonly #exchange: Exchange;
  readonly #on: ExchangePorts;
  readonly #beforeEnd: () => Promise<string | undefined>;

  constructor(
    first: InboundHeaders,
    relay: ResponseRelay,
    session: Session,
    exchange: Exchange,
    on: ExchangePorts,
    beforeEnd: () => Promise<string | undefined>,
  ) {
    this.#first = first;
    this.#relay = relay;
    this.#session = session;
    this.#exchange = exchange;
    this.#on = on;
    this.#beforeEnd = beforeEnd;
  }

  /** The headers with which the response began. */
  async start(): Promise<Step> {
    try {
      return await this.#releaseHeaders();
    } catch (error) {
      return this.#cut(error);
    }
  }

  async take(message: Inbound): Promise<Step> {
    try {
      return await this.#release(message);
    } catch (error) {
      return this.#cut(error);
    }
  }

  close(): void {
    this.#relay.close();
  }

  #cut(error: unknown): Step {
    const known = relayFailure(error);
    if (known === undefined) this.#on.failure(error, this.#session.id);
    return { cut: known ?? 'bug' };
  }

  async #releaseHeaders(): Promise<Step> {
    const { end } = this.#first;
    if (end) {
      await this.#relay.end(() => undefined);
      const cut = await this.#beforeEnd();
      if (cut !== undefined) return { cut };
    }
    this.#session.responding = true;
    const sent = await this.#exchange.send({ kind: 'response_headers', end, ...this.#relay.changes });
    return end ? endedOrGone(sent) : 'more';
  }

  async #release(message: Inbound): Promise<Step> {
    switch (message.kind) {
      case 'response_body': {
        if (message.end) return this.#releaseEnd(message.bytes, undefined);
        const pushed = this.#relay.push(message.bytes, this.#send);
        if (pushed !== undefined) await pushed;
        return 'more';
      }
      case 'response_trailers':
        return this.#releaseEnd(none, message.headers);
      case 'gone':
        return { cut: 'caller_or_upstream_gone' };
      default:
        return { cut: `unexpected_${message.kind}` };
    }
  }

  readonly #send = async (bytes: Uint8Array): Promise<void> => {
    this.#relay.seen.releasedBytes += await sendBody(this.#exchange, bytes, false, 'response_body');
  };

  /** The last bytes, and trailers if there are any: the record counts them, so they go out only when it is durable. */
  async #releaseEnd(bytes: Uint8Array, trailers: HeaderList | undefined): Promise<Step> {
    const relay = this.#relay;
    const last = await this.#collectLast(bytes);
    const releasedBefore = relay.seen.releasedBytes;
    relay.seen.releasedBytes += last.length;
    const cut = await this.#beforeEnd();
    const sentBytes =
      cut === undefined ? await sendBody(this.#exchange, last, trailers === undefined, 'response_body') : 0;
    relay.seen.releasedBytes = releasedBefore + sentBytes;
    if (cut !== undefined) return { cut };
    if (sentBytes < last.length) return endedOrGone(false);
    if (trailers === undefined) return 'ended';
    return endedOrGone(await this.#exchange.send({ kind: 'response_trailers', ...relay.trailers(trailers) }));
  }

  async #collectLast(bytes: Uint8Array): Promise<Uint8Array> {
    let last: Uint8Array[] = [];
    let held = 0;
    const hold = (part: Uint8Array): Promise<void> | undefined => {
      // The part may alias memory that is used again.
      last.push(part.slice());
      held += part.length;
      if (held <= heldEndBytes) return undefined;
      const ahead = joined(last);
      last = [];
      held = 0;
      return this.#send(ahead);
    };
    const pushed = bytes.length === 0 ? undefined : this.#relay.push(bytes, hold);
    if (pushed !== undefined) await pushed;
    await this.#relay.end(hold);
    return joined(last);
  }
}

/** A response to its end, with nothing else going on. Returns undefined when the end went out, else why it was cut. */
export async function pump(
  first: InboundHeaders,
  relay: ResponseRelay,
  session: Session,
  exchange: Exchange,
  on: ExchangePorts,
  beforeEnd: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const response = new ResponsePump(first, relay, session, exchange, on, beforeEnd);
  try {
    let step = await response.start();
    while (step === 'more') step = await response.take(await exchange.next());
    return step === 'ended' ? undefined : step.cut;
  } finally {
    response.close();
  }
}

/** Gone after `session.closed`: a linked `session.aborted` says how far it came. */
const endedOrGone = (sent: boolean): Step => (sent ? 'ended' : { cut: 'gone_after_closed' });
const none = new Uint8Array(0);
