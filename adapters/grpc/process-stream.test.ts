/** The state machine of one ext_proc stream, against a duplex that sends its status as grpc-js' does. */
import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import type { Inbound, Outbound } from '@countersign/core/exchange/message.ts';
import fc from 'fast-check';
import { type Converters, ProcessStream } from './process-stream.ts';
import type { WireProcessingRequest, WireProcessingResponse } from './wire.ts';

const ok = 0;
const internal = 13;
const nothing = new Uint8Array(0);

/** As ServerDuplexStreamImpl of grpc-js 1.14: 'error' sets the status, the end of writing sends it, OK when nothing else was said. */
class FakeCall extends Duplex {
  status: number | undefined;
  readonly written: WireProcessingResponse[] = [];
  /** Writes are not taken while this is true, as with an HTTP/2 window of zero. */
  blocked = false;
  #next = ok;
  #unblock: (() => void) | undefined;

  constructor() {
    super({ objectMode: true });
    this.on('error', (error: Error & { code?: number }) => {
      this.#next = error.code ?? internal;
      this.end();
    });
  }
  override _read(): void {}
  override _write(message: WireProcessingResponse, _: string, taken: () => void): void {
    this.written.push(message);
    if (this.blocked) this.#unblock = taken;
    else taken();
  }
  override _final(done: () => void): void {
    this.status = this.#next;
    done();
  }
  unblock(): void {
    this.blocked = false;
    this.#unblock?.();
  }
  /** grpc-js takes no write any more after this, and calls none back. */
  cancel(): void {
    this.blocked = true;
    this.emit('cancelled', 'cancelled');
    this.destroy();
  }
}

const envelope: WireProcessingRequest = { metadata_context: null, observability_mode: false, protocol_config: null };

function stage(convert: Partial<Converters> = {}) {
  const call = new FakeCall();
  const messages = new Map<WireProcessingRequest, Inbound>();
  const stream = new ProcessStream(call, {
    fromEnvoy: (message) => messages.get(message),
    toEnvoy: () => ({}),
    ...convert,
  });
  const arrive = (inbound: Inbound | undefined): void => {
    const message = { ...envelope };
    if (inbound !== undefined) messages.set(message, inbound);
    call.push(message);
  };
  return { call, stream, arrive };
}
/** Everything that was started has happened. */
const quiet = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
};

type Direction = 'request' | 'response';
const headers = (of: Direction, end = false): Inbound => ({
  kind: `${of}_headers`,
  headers: [],
  end,
  handOff: undefined,
});
const body = (of: Direction, bytes: Uint8Array, end = false): Inbound => ({ kind: `${of}_body`, bytes, end });
const answerHeaders = (of: Direction, end = false): Outbound => ({ kind: `${of}_headers`, end, set: [], remove: [] });
const answerBody = (of: Direction, end = false): Outbound => ({ kind: `${of}_body`, bytes: nothing, end });
const answerTrailers = (of: Direction): Outbound => ({ kind: `${of}_trailers`, set: [], remove: [] });
const immediate: Outbound = { kind: 'immediate', status: 403, headers: [], body: '', details: '' };

// ── The status: Envoy reads an early OK as "go on without me" and sends the request on, raw.

const anyAnswer = fc.oneof(
  fc.constant(immediate),
  ...(['request', 'response'] as const).flatMap((of) => [
    fc.boolean().map((end) => answerHeaders(of, end)),
    fc.boolean().map((end) => answerBody(of, end)),
    fc.constant(answerTrailers(of)),
  ]),
);
const ends = (answer: Outbound, of: Direction): boolean =>
  answer.kind.startsWith(of) && (!('end' in answer) || answer.end);

test('OK is sent exactly when an immediate answer was given, or both directions were answered to their end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyAnswer, { maxLength: 6 }), fc.boolean(), async (answers, requestSeen) => {
      const { call, stream, arrive } = stage();
      arrive(headers(requestSeen ? 'request' : 'response', true));
      await stream.next();
      for (const answer of answers) await stream.send(answer);
      stream.finish();
      await quiet();
      const answered = (of: Direction): boolean => answers.some((answer) => ends(answer, of));
      const complete = answered('response') && (answered('request') || !requestSeen);
      assert.equal(call.status, complete || answers.includes(immediate) ? ok : internal);
    }),
    { numRuns: 300 },
  );
});

test('a response whose request was not answered: an error', async () => {
  const { call, stream, arrive } = stage();
  arrive(headers('request'));
  arrive(headers('response', true));
  await stream.send(answerHeaders('response', true));
  await quiet();
  stream.finish();
  await quiet();
  assert.equal(call.status, internal);
});

test('an answer that cannot be converted has answered nothing', async () => {
  const { call, stream } = stage({
    toEnvoy: () => {
      throw new TypeError('injected');
    },
  });
  await assert.rejects(stream.send(immediate), TypeError);
  stream.finish();
  await quiet();
  assert.equal(call.status, internal);
});

test('reset is an error whatever was answered, and the first end is the only one', async () => {
  const { call, stream } = stage();
  await stream.send(immediate);
  stream.reset('the record failed');
  stream.finish();
  stream.reset('again');
  await quiet();
  assert.equal(call.status, internal);

  const other = stage();
  await other.stream.send(immediate);
  other.stream.finish();
  other.stream.reset('too late');
  await quiet();
  assert.equal(other.call.status, ok);
});

// ── What comes from Envoy

test('messages come in order, what carries nothing is skipped, and `gone` comes for ever after the end', async () => {
  for (const how of ['end', 'cancelled'] as const) {
    const { call, stream, arrive } = stage();
    arrive(headers('request'));
    arrive(undefined);
    arrive(body('request', Buffer.from('x'), true));
    await quiet();
    if (how === 'end') call.push(null);
    else call.cancel();
    await quiet();
    const kinds = [];
    for (let i = 0; i < 4; i++) kinds.push((await stream.next()).kind);
    assert.deepEqual(kinds, ['request_headers', 'request_body', 'gone', 'gone']);
  }
});

test('of two that wait for one message, neither takes the end for it', async () => {
  const { stream, arrive } = stage();
  const both = [stream.next(), stream.next()];
  arrive(headers('request'));
  await quiet();
  arrive(headers('response'));
  const kinds = (await Promise.all(both)).map((message) => message.kind);
  assert.deepEqual(kinds, ['request_headers', 'response_headers']);
});

test('a message that the converter fails on is unreadable: it ends its exchange, not the process', async () => {
  const { stream, arrive } = stage({
    fromEnvoy: () => {
      throw new RangeError('injected');
    },
  });
  arrive(undefined);
  assert.deepEqual(await stream.next(), { kind: 'unreadable', reason: 'conversion_failed' });
});

test('who waits for a message is released by the end, ours or theirs', async () => {
  for (const end of ['cancel', 'reset'] as const) {
    const { call, stream } = stage();
    const waiting = Promise.all([stream.next(), stream.arrival()]);
    if (end === 'cancel') call.cancel();
    else stream.reset('drain');
    assert.equal((await waiting)[0].kind, 'gone');
  }
});

test('an error of the stream is an end like any other', async () => {
  const { call, stream } = stage();
  call.emit('error', Object.assign(new Error('reset by peer'), { code: internal }));
  assert.equal((await stream.next()).kind, 'gone');
  assert.equal(await stream.send(immediate), false);
});

test('what comes after our own end is neither kept nor handed out, and is still read away', async () => {
  const { call, stream, arrive } = stage();
  for (let i = 0; i < 5; i++) arrive(body('request', new Uint8Array(100 * 1024)));
  await quiet();
  assert.equal(call.isPaused(), true);
  await stream.send(immediate);
  stream.finish();
  assert.equal(call.isPaused(), false);
  arrive(body('request', nothing, true));
  await quiet();
  assert.equal(call.readableLength, 0);
  assert.equal((await stream.next()).kind, 'gone');
});

// ── What goes to Envoy

test('a send after Envoy is gone, or after our own end, sends nothing and says so', async () => {
  const left = stage();
  left.call.cancel();
  await quiet();
  assert.equal(await left.stream.send(immediate), false);
  assert.deepEqual(left.call.written, []);
  left.stream.finish();
  left.stream.reset('too late');

  const done = stage();
  assert.equal(await done.stream.send(immediate), true);
  done.stream.finish();
  assert.equal(await done.stream.send(answerBody('response', true)), false);
  assert.equal(done.call.written.length, 1);
});

// ── Back-pressure, both ways

test('reading stops above the limit and goes on below it', async () => {
  const { call, stream, arrive } = stage();
  const piece = new Uint8Array(100 * 1024);
  for (let i = 0; i < 10; i++) arrive(body('request', piece));
  await quiet();
  assert.equal(call.isPaused(), true);
  const waiting = call.readableLength;
  assert.ok(waiting > 0, 'what does not fit stays with the transport');
  for (let i = 0; i < 10; i++) assert.equal((await stream.next()).kind, 'request_body');
  assert.equal(call.isPaused(), false);
  assert.equal(call.readableLength, 0);
});

test('pieces without bytes count as well: they are not a way around the limit', async () => {
  const { call, arrive } = stage();
  for (let i = 0; i < 5_000; i++) arrive(body('request', nothing));
  await quiet();
  assert.equal(call.isPaused(), true);
  assert.ok(call.readableLength > 3_000);
});

/** Fills what the duplex takes, until a send has to wait. */
function fill({ call, stream }: ReturnType<typeof stage>): { readonly waiting: Promise<boolean> } {
  call.blocked = true;
  for (;;) {
    const waiting = stream.send(answerBody('response'));
    if (call.writableNeedDrain) return { waiting };
  }
}
const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  let settled = false;
  promise.then(() => {
    settled = true;
  });
  await quiet();
  return settled;
};

test('a send waits while Envoy takes nothing: messages that arrive meanwhile do not end the wait', async () => {
  const staged = stage();
  const { waiting } = fill(staged);
  for (let i = 0; i < 3; i++) staged.arrive(body('request', Buffer.from('more')));
  assert.equal(await isSettled(waiting), false);
  staged.call.unblock();
  assert.equal(await waiting, true);
});

test('a send that waits is released when Envoy goes, and when the exchange is reset', async () => {
  const gone = stage();
  const { waiting } = fill(gone);
  gone.call.cancel();
  assert.equal(await isSettled(waiting), true);
  const reset = stage();
  const other = fill(reset).waiting;
  reset.stream.reset('drain');
  assert.equal(await isSettled(other), true);
});

// ── Long streams

test('100,000 messages there and back leave no listener and no waiting behind', async () => {
  const { call, stream, arrive } = stage();
  const events = ['data', 'drain', 'end', 'cancelled', 'error', 'close'];
  const listeners = (): number[] => events.map((event) => call.listenerCount(event));
  const before = listeners();
  const piece = Buffer.from('x');
  for (let i = 0; i < 100_000; i++) {
    const arriving = stream.next();
    arrive(body('response', piece));
    await arriving;
    // Every 100th write finds the window closed, so that waiting for drain is part of it.
    if (i % 100 === 0) {
      const { waiting } = fill({ call, stream, arrive });
      call.unblock();
      await waiting;
    } else await stream.send(answerBody('response'));
    if (i % 1000 === 0) call.written.length = 0;
  }
  assert.deepEqual(listeners(), before);
});

test('a hold that asks for the next arrival over and over waits once', async () => {
  const { stream, arrive } = stage();
  const asked = new Set<Promise<void>>();
  for (let i = 0; i < 100_000; i++) asked.add(stream.arrival());
  assert.equal(asked.size, 1);
  arrive(headers('response'));
  await Promise.all(asked);
  assert.equal((await stream.next()).kind, 'response_headers');
});
