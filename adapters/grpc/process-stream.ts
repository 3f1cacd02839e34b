import type { Exchange, Inbound, Outbound } from '@countersign/core/exchange/message.ts';
import { status } from '@grpc/grpc-js';
import type { WireProcessingRequest, WireProcessingResponse } from './wire.ts';

/** What is used of grpc-js' ServerDuplexStream: 'error' sets the status that its `end` then sends, else it sends OK. */
export interface ProcessCall {
  on(event: 'data', listener: (message: WireProcessingRequest) => void): unknown;
  on(event: 'end' | 'cancelled' | 'error' | 'drain', listener: () => void): unknown;
  emit(event: 'error', error: { readonly code: number; readonly details: string }): boolean;
  pause(): unknown;
  resume(): unknown;
  isPaused(): boolean;
  write(message: WireProcessingResponse): boolean;
  end(): unknown;
}

export interface Converters {
  /** undefined: a message that carries nothing for us (a flow-control update of a newer Envoy). */
  fromEnvoy(message: WireProcessingRequest): Inbound | undefined;
  toEnvoy(answer: Outbound): WireProcessingResponse;
}

/** What one exchange may have waiting here before reading from Envoy stops. */
const inboxLimitBytes = 256 * 1024;
/** What a message takes besides its bytes: a body in pieces of one byte must not be a way around the limit. */
const messageCostBytes = 256;
const gone: Inbound = { kind: 'gone' };

/** One ext_proc stream as an `Exchange`. The only place that reads, writes or ends such a stream. */
export class ProcessStream implements Exchange {
  readonly #call: ProcessCall;
  readonly #convert: Converters;
  /** Told each time that reading from Envoy stops. */
  readonly #paused: () => void;
  readonly #inbox: Inbound[] = [];
  #inboxBytes = 0;
  /** Envoy has left: nothing more comes, and nothing can be sent. */
  #closed = false;
  /** We have ended it. */
  #finished = false;
  /** One promise each for all who wait, however often they ask: a race that the wait loses leaves nothing behind here. */
  #arrived: PromiseWithResolvers<void> | undefined;
  #writable: PromiseWithResolvers<void> | undefined;
  /** What was seen of each direction, and how far it was answered. */
  readonly #seen = { request: false, response: false };
  readonly #answered = { request: false, response: false, immediate: false };

  constructor(call: ProcessCall, convert: Converters, paused: () => void = () => undefined) {
    this.#call = call;
    this.#convert = convert;
    this.#paused = paused;
    call.on('data', (message) => this.#receive(message));
    call.on('drain', () => this.#releaseWriters());
    // With graceful close the client's half-close is 'end'; without it, and on every abort, it is 'cancelled'.
    call.on('end', () => this.#close());
    call.on('cancelled', () => this.#close());
    call.on('error', () => this.#close());
  }

  #receive(message: WireProcessingRequest): void {
    if (this.#closed || this.#finished) return;
    const inbound = this.#read(message);
    if (inbound === undefined) return;
    if (inbound.kind.startsWith('request')) this.#seen.request = true;
    if (inbound.kind.startsWith('response')) this.#seen.response = true;
    this.#inboxBytes += costOf(inbound);
    this.#inbox.push(inbound);
    if (this.#inboxBytes > inboxLimitBytes && !this.#call.isPaused()) {
      this.#call.pause();
      this.#paused();
    }
    this.#releaseReaders();
  }

  /** An exception here would be one of an event handler, and end the process with everybody's streams. */
  #read(message: WireProcessingRequest): Inbound | undefined {
    try {
      return this.#convert.fromEnvoy(message);
    } catch {
      return { kind: 'unreadable', reason: 'conversion_failed' };
    }
  }

  #close(): void {
    this.#closed = true;
    this.#releaseReaders();
    // A peer that is gone will never drain us.
    this.#releaseWriters();
  }

  #releaseReaders(): void {
    this.#arrived?.resolve();
    this.#arrived = undefined;
  }

  #releaseWriters(): void {
    this.#writable?.resolve();
    this.#writable = undefined;
  }

  arrival(): Promise<void> {
    if (this.#inbox.length > 0 || this.#closed || this.#finished) return Promise.resolve();
    this.#arrived ??= Promise.withResolvers();
    return this.#arrived.promise;
  }

  async next(): Promise<Inbound> {
    for (;;) {
      const inbound = this.#inbox.shift();
      if (inbound !== undefined) {
        this.#inboxBytes -= costOf(inbound);
        if (this.#inboxBytes <= inboxLimitBytes) this.#readOn();
        return inbound;
      }
      if (this.#closed || this.#finished) return gone;
      await this.arrival();
    }
  }

  #readOn(): void {
    if (this.#call.isPaused()) this.#call.resume();
  }

  async send(answer: Outbound): Promise<boolean> {
    if (this.#closed || this.#finished) return false;
    const message = this.#convert.toEnvoy(answer);
    // Only now: an answer that cannot be converted has answered nothing.
    this.#markAnswered(answer);
    if (!this.#call.write(message)) {
      this.#writable ??= Promise.withResolvers();
      await this.#writable.promise;
    }
    return true;
  }

  #markAnswered(answer: Outbound): void {
    if (answer.kind === 'immediate') this.#answered.immediate = true;
    // Trailers always end their direction.
    else if (!('end' in answer) || answer.end)
      this.#answered[answer.kind.startsWith('request') ? 'request' : 'response'] = true;
  }

  finish(): void {
    const requestDone = this.#answered.request || !this.#seen.request;
    const complete = this.#answered.immediate || (requestDone && this.#answered.response);
    if (!complete) this.reset('ended before both directions were answered');
    else if (this.#leave()) this.#call.end();
  }

  reset(reason: string): void {
    if (this.#leave()) this.#call.emit('error', { code: status.INTERNAL, details: reason });
  }

  /** Nothing is read, kept or waited for any more; what still comes flows into nothing. False: that was so already. */
  #leave(): boolean {
    if (this.#finished) return false;
    this.#finished = true;
    this.#inbox.length = 0;
    this.#inboxBytes = 0;
    this.#readOn();
    this.#releaseReaders();
    this.#releaseWriters();
    return true;
  }
}

const costOf = (inbound: Inbound): number => messageCostBytes + ('bytes' in inbound ? inbound.bytes.length : 0);
