import type { Exchange, Inbound, Outbound } from '@countersign/core/exchange/message.ts';
import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import type { WireProcessingRequest, WireProcessingResponse } from './wire.ts';

export type ProcessCall = ServerDuplexStream<WireProcessingRequest, WireProcessingResponse>;

export interface Converters {
  /** undefined: a message that carries nothing for us (a flow-control update of a newer Envoy). */
  fromEnvoy(message: WireProcessingRequest): Inbound | undefined;
  toEnvoy(answer: Outbound): WireProcessingResponse;
}

/** Bytes of one exchange that may wait here before reading from Envoy stops. */
const inboxLimitBytes = 256 * 1024;
const gone: Inbound = { kind: 'gone' };

/** One ext_proc stream as an `Exchange`. The only place that reads, writes or ends such a stream. */
export class ProcessStream implements Exchange {
  readonly #call: ProcessCall;
  readonly #convert: Converters;
  readonly #inbox: Inbound[] = [];
  #inboxBytes = 0;
  #closed = false;
  #finished = false;
  #wake: (() => void)[] = [];
  /** What was seen of each direction, and how far it was answered. */
  readonly #seen = { request: false, response: false };
  readonly #answered = { request: false, response: false, immediate: false };

  constructor(call: ProcessCall, convert: Converters) {
    this.#call = call;
    this.#convert = convert;
    call.on('data', (message: WireProcessingRequest) => this.#receive(message));
    // With graceful close the client's half-close is 'end'; without it, and on every abort, it is 'cancelled'.
    call.on('end', () => this.#close());
    call.on('cancelled', () => this.#close());
    call.on('error', () => this.#close());
  }

  #receive(message: WireProcessingRequest): void {
    const inbound = this.#convert.fromEnvoy(message);
    if (inbound === undefined || this.#finished) return;
    if (inbound.kind.startsWith('request')) this.#seen.request = true;
    if (inbound.kind.startsWith('response')) this.#seen.response = true;
    if ('bytes' in inbound) this.#inboxBytes += inbound.bytes.length;
    this.#inbox.push(inbound);
    if (this.#inboxBytes > inboxLimitBytes) this.#call.pause();
    this.#notify();
  }

  #close(): void {
    this.#closed = true;
    this.#notify();
  }

  #notify(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }

  arrival(): Promise<void> {
    if (this.#inbox.length > 0 || this.#closed) return Promise.resolve();
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  async next(): Promise<Inbound> {
    await this.arrival();
    const inbound = this.#inbox.shift();
    if (inbound === undefined) return gone;
    if ('bytes' in inbound) {
      this.#inboxBytes -= inbound.bytes.length;
      if (this.#inboxBytes <= inboxLimitBytes && this.#call.isPaused()) this.#call.resume();
    }
    return inbound;
  }

  async send(answer: Outbound): Promise<boolean> {
    if (this.#closed || this.#finished) return false;
    if (answer.kind === 'immediate') this.#answered.immediate = true;
    else if (!('end' in answer) || answer.end) this.#markEnd(answer.kind); // trailers always end their direction
    const flowing = this.#call.write(this.#convert.toEnvoy(answer));
    if (!flowing) await this.#drained();
    return true;
  }

  #markEnd(kind: Outbound['kind']): void {
    this.#answered[kind.startsWith('request') ? 'request' : 'response'] = true;
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#call.off('drain', done);
        resolve();
      };
      this.#call.once('drain', done);
      // A peer that is gone will never drain us.
      this.#wake.push(done);
    });
  }

  finish(): void {
    const requestDone = this.#answered.request || !this.#seen.request;
    const complete = this.#answered.immediate || (requestDone && this.#answered.response);
    if (!complete) this.reset('ended before both directions were answered');
    if (this.#finished) return;
    this.#finished = true;
    this.#call.end();
  }

  reset(reason: string): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#call.emit('error', { code: status.INTERNAL, details: reason });
  }
}
