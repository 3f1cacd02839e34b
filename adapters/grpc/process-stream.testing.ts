/** For tests: a ProcessStream on a call that hands messages over, takes them and ends as grpc-js' calls do. */
import assert from 'node:assert/strict';
import type { Inbound, Outbound } from '@countersign/core/exchange/message.ts';
import { MemoryShares } from './memory-shares.ts';
import { type Converters, type ProcessCall, ProcessStream } from './process-stream.ts';

export const ok = 0;
export const internal = 13;
export const nothing = new Uint8Array(0);

/** What of a stream hears of its call. */
interface Listener {
  receive(message: Buffer): void;
  close(): void;
}

/** As BaseServerInterceptingCall of grpc-js 1.14: a message that waits comes inside of startRead, and after a cancellation nothing is done. */
class FakeCall implements ProcessCall {
  status: number | undefined;
  readonly written: Buffer[] = [];
  /** Messages are not let go while this is true, as with an HTTP/2 window of zero. */
  blocked = false;
  /** A message was asked for and has not come. */
  asked = false;
  listener: Listener | undefined;
  #arrived: (Buffer | 'half-close')[] = [];
  #taken = 0;
  #kept: (() => void)[] = [];
  #cancelled = false;

  /** Messages that stay with the transport. */
  get waiting(): number {
    return this.#arrived.length - this.#taken;
  }
  push(message: Buffer | 'half-close'): void {
    this.#arrived.push(message);
    this.#handOver();
  }
  startRead(): void {
    if (this.#cancelled) return;
    assert.equal(this.asked, false, 'asked twice for one message');
    this.asked = true;
    this.#handOver();
  }
  #handOver(): void {
    const next = this.#arrived[this.#taken];
    if (!this.asked || next === undefined) return;
    this.asked = false;
    this.#taken++;
    if (next === 'half-close') this.listener?.close();
    else this.listener?.receive(next);
  }
  sendMessage(message: Buffer, sent: () => void): void {
    assert.equal(this.status, undefined, 'sent behind the end');
    if (this.#cancelled) return;
    this.written.push(message);
    if (this.blocked) this.#kept.push(sent);
    else sent();
  }
  /** Lets the oldest messages go, all of them when no number is given. */
  unblock(count = this.#kept.length): void {
    for (const sent of this.#kept.splice(0, count)) sent();
    this.blocked = this.#kept.length > 0;
  }
  sendStatus({ code }: { readonly code: number }): void {
    if (!this.#cancelled) this.status ??= code;
  }
  /** Nothing is called back any more after this. */
  cancel(): void {
    this.#cancelled = true;
    this.#kept = [];
    this.listener?.close();
  }
}

export function stage(convert: Partial<Converters> = {}, { started = true } = {}) {
  const call = new FakeCall();
  const messages = new Map<Buffer, Inbound>();
  const stream = new ProcessStream(
    call,
    {
      fromEnvoy: (message) => messages.get(message),
      toEnvoy: () => Buffer.alloc(0),
      ...convert,
    },
    new MemoryShares(),
  );
  call.listener = stream;
  if (started) stream.start();
  const arrive = (inbound: Inbound | undefined): void => {
    const message = Buffer.alloc(0);
    if (inbound !== undefined) messages.set(message, inbound);
    call.push(message);
  };
  return { call, stream, arrive };
}
/** Everything that was started has happened. */
export const quiet = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
};

export type Direction = 'request' | 'response';
export const headers = (of: Direction, end = false): Inbound => ({
  kind: `${of}_headers`,
  headers: [],
  end,
  handOff: undefined,
});
export const body = (of: Direction, bytes: Uint8Array, end = false): Inbound => ({ kind: `${of}_body`, bytes, end });
export const answerHeaders = (of: Direction, end = false): Outbound => ({
  kind: `${of}_headers`,
  end,
  set: [],
  remove: [],
});
export const answerBody = (of: Direction, end = false): Outbound => ({ kind: `${of}_body`, bytes: nothing, end });
export const answerTrailers = (of: Direction): Outbound => ({ kind: `${of}_trailers`, set: [], remove: [] });
export const immediate: Outbound = { kind: 'immediate', status: 403, headers: [], body: '', details: '' };
