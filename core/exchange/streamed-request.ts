import { toHex } from '../bytes.ts';
import type { RecordDraft } from '../ledger/record.ts';
import { ok, type Result } from '../result.ts';
import { type Exchange, headerOf, type Inbound, type InboundHeaders } from './message.ts';
import { sessionReceived } from './opening-records.ts';
import type { ExchangePorts } from './ports.ts';
import { recordFirst } from './record.ts';
import type { ResponseMode } from './response-reading.ts';
import { sendBody } from './send-body.ts';
import type { RequestSeen, Session } from './session.ts';
import type { Stop } from './stop.ts';

export type RequestMessage = Extract<Inbound, { readonly kind: 'request_body' | 'request_trailers' }>;

/** A request that goes on while it comes, beside its response. */
export interface RequestFlow {
  /** Its end went on. */
  readonly ended: boolean;
  /** How the response is read, once the request has begun to go on. */
  readonly responseMode: ResponseMode;
  take(message: RequestMessage): Promise<Result<void, Stop>>;
  /**
   * Learns what a record says of the request as far as it has come: nothing that comes later is sent on. Parts of its copy that are
   * to be written before that record. Safe to call twice.
   */
  settle(): readonly RecordDraft[];
  close(): void;
}

/** One request on its way to the model as it comes, of which only length and digest are learnt. Its end waits for their record. */
export class StreamedRequest implements RequestFlow {
  ended: boolean;
  readonly responseMode = { kind: 'opaque' } as const;
  readonly #seen: RequestSeen;
  readonly #session: Session;
  readonly #exchange: Exchange;
  readonly #on: ExchangePorts;
  readonly #digest: ReturnType<ExchangePorts['digest']['incremental']>;
  readonly #promisedBytes: number;
  /** The bytes with which a promised length is reached: to the model they are the end, so they wait like one. */
  #held: Uint8Array = none;

  constructor(first: InboundHeaders, session: Session, exchange: Exchange, on: ExchangePorts) {
    this.ended = first.end;
    this.#session = session;
    this.#exchange = exchange;
    this.#on = on;
    this.#digest = on.digest.incremental();
    this.#promisedBytes = Number(headerOf(first.headers, 'content-length') ?? Number.NaN);
    this.#seen = {
      contentType: headerOf(first.headers, 'content-type') ?? '',
      coding: headerOf(first.headers, 'content-encoding') ?? 'identity',
      receivedBytes: 0,
      bytes: 0,
      digestKey: on.digest.keyId,
      complete: false,
    };
    session.request = this.#seen;
    if (first.end) this.#complete();
  }

  async take(message: RequestMessage): Promise<Result<void, Stop>> {
    if (message.kind === 'request_trailers')
      return this.#end(
        none,
        message.headers.map(([name]) => name),
      );
    this.#count(message.bytes);
    if (message.end) return this.#end(message.bytes, undefined);
    if (this.#seen.bytes >= this.#promisedBytes) this.#held = message.bytes.slice();
    else await sendBody(this.#exchange, message.bytes, false, 'request_body');
    return ok(undefined);
  }

  #count(bytes: Uint8Array): void {
    this.#seen.bytes += bytes.length;
    this.#seen.receivedBytes += bytes.length;
    this.#digest.update(bytes);
  }

  /** Nothing reads what callers put into trailers, so nothing of it is passed: an identity header there would be believed. */
  async #end(last: Uint8Array, trailers: readonly string[] | undefined): Promise<Result<void, Stop>> {
    this.#complete();
    const received = sessionReceived(this.#session, this.#on.clock.now());
    const recorded = await recordFirst([received], this.#session, this.#on);
    if (!recorded.ok) return recorded;
    this.ended = true;
    await sendBody(this.#exchange, this.#held, trailers === undefined && last.length === 0, 'request_body');
    if (last.length > 0) await sendBody(this.#exchange, last, trailers === undefined, 'request_body');
    if (trailers !== undefined) await this.#exchange.send({ kind: 'request_trailers', set: [], remove: trailers });
    return ok(undefined);
  }

  #complete(): void {
    this.#seen.complete = true;
    this.settle();
    if (this.#seen.digest !== undefined) this.#seen.forwardedDigest = this.#seen.digest;
  }

  settle(): readonly RecordDraft[] {
    this.#seen.digest ??= toHex(this.#digest.digest());
    return [];
  }

  close(): void {}
}

const none = new Uint8Array(0);
