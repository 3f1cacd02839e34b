import type { Exchange, Inbound, Outbound } from '@countersign/core/exchange/message.ts';
import { status } from '@grpc/grpc-js';
import type { Share } from './memory-shares.ts';

/** What is used of a gRPC call below its stream objects: grpc-js' ServerInterceptingCallInterface. */
export interface ProcessCall {
  /** Asks for one more message. */
  startRead(): void;
  /** `sent` is called when HTTP/2 flow control has let the message go; never, when the call is over before that. */
  sendMessage(message: Buffer, sent: () => void): void;
  /** Ends the call, behind what was sent before. */
  sendStatus(status: { readonly code: number; readonly details: string }): void;
}

export interface Converters {
  /**
   * `isFirst`: of its stream; only then the hand-off is read. undefined: a message that carries nothing for us (a flow-control
   * update of a newer Envoy). May throw: then the message is unreadable.
   */
  fromEnvoy(message: Buffer, isFirst: boolean): Inbound | undefined;
  toEnvoy(answer: Outbound): Buffer;
}

/** What a message takes besides its bytes: a body in pieces of one byte must not be a way around the limit. */
const messageCostBytes = 256;
const gone: Inbound = { kind: 'gone' };
const sent = Promise.resolve(true);
const notSent = Promise.resolve(false);

/** One ext_proc stream as an `Exchange`. The only place that reads, writes or ends such a stream. */
export class ProcessStream implements Exchange {
  readonly #call: ProcessCall;
  readonly #convert: Converters;
  readonly #share: Share;
  /** Told each time that reading from Envoy stops. */
  readonly #paused: () => void;
  readonly #inbox: Inbound[] = [];
  #inboxBytes = 0;
  #isFirst = true;
  /** A message was asked for and has not come. */
  #isReading = false;
  /** Reading is being asked for further up the stack: what waits there goes on, instead of one more level of calls per message. */
  #isPulling = false;
  /** What each message on its way to Envoy takes, oldest first; they go in order. */
  readonly #outbox: number[] = [];
  #outboxBytes = 0;
  /** Envoy has left: nothing more comes, and nothing can be sent. */
  #closed = false;
  /** We have ended it. */
  #finished = false;
  /** One promise each for all who wait, however often they ask: a race that the wait loses leaves nothing behind here. */
  #arrived: PromiseWithResolvers<void> | undefined;
  #writable: PromiseWithResolvers<boolean> | undefined;
  /** What was seen of each direction, and how far it was answered. */
  readonly #seen = { request: false, response: false };
  readonly #answered = { request: false, response: false, immediate: false };

  constructor(call: ProcessCall, convert: Converters, share: Share, paused: () => void = () => undefined) {
    this.#call = call;
    this.#convert = convert;
    this.#share = share;
    this.#paused = paused;
  }

  /** The call has begun: from here on its events are given to `receive` and `close`. */
  start(): void {
    this.#readOn();
  }

  receive(message: Buffer): void {
    this.#isReading = false;
    if (this.#closed) return;
    if (!this.#finished) this.#take(this.#read(message));
    // After our own end it is read away: what is not read would keep its connection's memory.
    this.#readOn();
  }

  #take(inbound: Inbound | undefined): void {
    if (inbound === undefined) return;
    this.#isFirst = false;
    if (inbound.kind.startsWith('request')) this.#seen.request = true;
    if (inbound.kind.startsWith('response')) this.#seen.response = true;
    this.#inbox.push(inbound);
    this.#inboxBytes += costOf(inbound);
    // The last message that is taken: as long as these wait, no further one is asked for.
    if (this.#inboxBytes > this.#share.inboxBytes) this.#paused();
    this.#releaseReaders();
  }

  /** An exception here would be one of an event handler, and end the process with everybody's streams. */
  #read(message: Buffer): Inbound | undefined {
    try {
      return this.#convert.fromEnvoy(message, this.#isFirst);
    } catch {
      return { kind: 'unreadable', reason: 'conversion_failed' };
    }
  }

  /** Envoy's half-close, a cancellation, a dead connection: all the same to us, as what was answered decides how it ended. */
  close(): void {
    this.#closed = true;
    this.#releaseReaders();
    // A peer that is gone will never take what waits.
    this.#releaseWriters();
  }

  #releaseReaders(): void {
    this.#arrived?.resolve();
    this.#arrived = undefined;
  }

  /** True also when Envoy left meanwhile: what was handed over may have arrived, and a record must not say that it did not. */
  #releaseWriters(): void {
    this.#writable?.resolve(true);
    this.#writable = undefined;
  }

  hasArrived(): boolean {
    return this.#inbox.length > 0 || this.#closed || this.#finished;
  }

  arrival(): Promise<void> {
    if (this.hasArrived()) return Promise.resolve();
    this.#arrived ??= Promise.withResolvers();
    return this.#arrived.promise;
  }

  async next(): Promise<Inbound> {
    for (;;) {
      const inbound = this.#inbox.shift();
      if (inbound !== undefined) {
        this.#inboxBytes -= costOf(inbound);
        this.#readOn();
        return inbound;
      }
      if (this.#closed || this.#finished) return gone;
      await this.arrival();
    }
  }

  #readOn(): void {
    if (this.#isPulling) return;
    this.#isPulling = true;
    while (!this.#isReading && !this.#closed && this.#inboxBytes <= this.#share.inboxBytes) {
      this.#isReading = true;
      this.#call.startRead();
    }
    this.#isPulling = false;
  }

  send(answer: Outbound): Promise<boolean> {
    if (this.#closed || this.#finished) return notSent;
    let message: Buffer;
    try {
      message = this.#convert.toEnvoy(answer);
    } catch (error) {
      return Promise.reject(error);
    }
    // Only now: an answer that cannot be converted has answered nothing.
    this.#markAnswered(answer);
    const cost = message.length + messageCostBytes;
    this.#outbox.push(cost);
    this.#outboxBytes += cost;
    this.#call.sendMessage(message, this.#leftOutbox);
    if (this.#outboxBytes <= this.#share.outboxBytes || this.#closed) return sent;
    this.#writable ??= Promise.withResolvers();
    return this.#writable.promise;
  }

  /** One function for all messages of a stream. */
  readonly #leftOutbox = (): void => {
    this.#outboxBytes -= this.#outbox.shift() ?? 0;
    if (this.#outboxBytes <= this.#share.outboxBytes) this.#releaseWriters();
  };

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
    else if (this.#leave()) this.#call.sendStatus(okStatus);
  }

  reset(reason: string): void {
    if (this.#leave()) this.#call.sendStatus({ code: status.INTERNAL, details: reason });
  }

  /** Nothing is kept or waited for any more; what still comes flows into nothing. False: that was so already. */
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

const okStatus = { code: status.OK, details: '' } as const;

const costOf = (inbound: Inbound): number => messageCostBytes + ('bytes' in inbound ? inbound.bytes.length : 0);
