/** One ext_proc stream that is slower, faster or longer than it should be: nothing is lost, and nothing grows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerBody, body, headers, nothing, quiet, stage } from './process-stream.testing.ts';

// ── What comes in

test('a message is asked for when the call has begun, and one at a time', async () => {
  const { call, stream, arrive } = stage();
  assert.equal(call.asked, true);
  for (let i = 0; i < 3; i++) {
    arrive(body('request', Buffer.from('x')));
    assert.equal(call.asked, true, 'the next one is asked for once this one has come');
  }
  for (let i = 0; i < 3; i++) await stream.next();
  assert.equal(call.asked, true);
});

test('reading stops above the limit and goes on below it', async () => {
  const { call, stream, arrive } = stage();
  const piece = new Uint8Array(100 * 1024);
  for (let i = 0; i < 10; i++) arrive(body('request', piece));
  assert.equal(call.asked, false);
  assert.equal(call.waiting, 7, 'what does not fit stays with the transport');
  for (let i = 0; i < 10; i++) assert.equal((await stream.next()).kind, 'request_body');
  assert.equal(call.asked, true);
  assert.equal(call.waiting, 0);
});

test('pieces without bytes count as well: they are not a way around the limit', () => {
  const { call, arrive } = stage();
  for (let i = 0; i < 5_000; i++) arrive(body('request', nothing));
  assert.equal(call.asked, false);
  assert.ok(call.waiting > 3_000);
});

test('messages that carry nothing do not stop the reading', () => {
  const { call, arrive } = stage();
  for (let i = 0; i < 5_000; i++) arrive(undefined);
  assert.equal(call.asked, true);
  assert.equal(call.waiting, 0);
});

test('100,000 messages that wait already, each handed over inside of its own asking, take no stack', async () => {
  const { call, stream, arrive } = stage({}, { started: false });
  for (let i = 0; i < 100_000; i++) arrive(undefined);
  for (let i = 0; i < 100_000; i++) arrive(body('request', nothing));
  stream.start();
  let taken = 0;
  for (; call.waiting > 0; taken++) assert.equal((await stream.next()).kind, 'request_body');
  assert.ok(taken > 90_000);
});

test('after our end they are read away in the same way', () => {
  const { call, stream, arrive } = stage();
  for (let i = 0; i < 100_000; i++) arrive(body('request', nothing));
  assert.ok(call.waiting > 90_000);
  stream.reset('drain');
  assert.equal(call.waiting, 0);
});

// ── What goes out

/** 64 KiB each: two may be on their way, the third has to wait. */
const large = Buffer.alloc(64 * 1024);
const sending = { toEnvoy: () => large };
const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  let settled = false;
  promise.then(() => {
    settled = true;
  });
  await quiet();
  return settled;
};
/** What the caller of `send` waits for once nothing more may be on its way. */
function fill({ call, stream }: ReturnType<typeof stage>): Promise<boolean> {
  call.blocked = true;
  const already = call.written.length;
  const sends = [1, 2].map(() => stream.send(answerBody('response')));
  assert.equal(call.written.length, already + sends.length, 'handed over at once, waiting or not');
  return sends.at(-1) ?? Promise.reject(new Error('nothing was sent'));
}

test('a send below the limit does not wait, although nothing was let go yet', async () => {
  const { call, stream } = stage(sending);
  call.blocked = true;
  assert.equal(await isSettled(stream.send(answerBody('response'))), true);
});

test('answers without bytes count as well', async () => {
  const { call, stream } = stage();
  call.blocked = true;
  const sends = Array.from({ length: 1_000 }, () => stream.send(answerBody('response')));
  const last = sends.at(-1);
  assert.ok(last !== undefined && !(await isSettled(last)));
});

test('a send waits while Envoy takes nothing: messages that arrive meanwhile do not end the wait', async () => {
  const staged = stage(sending);
  const waiting = fill(staged);
  for (let i = 0; i < 3; i++) staged.arrive(body('request', Buffer.from('more')));
  assert.equal(await isSettled(waiting), false);
  staged.call.unblock();
  assert.equal(await waiting, true);
});

test('what was let go counts, the oldest first: a send goes on as soon as it is below the limit', async () => {
  const sizes = [100, 20, 20].map((kilobytes) => Buffer.alloc(kilobytes * 1024));
  let next = 0;
  const { call, stream } = stage({ toEnvoy: () => sizes[next++] ?? large });
  call.blocked = true;
  const sends = sizes.map(() => stream.send(answerBody('response')));
  const last = sends.at(-1);
  assert.ok(last !== undefined && !(await isSettled(last)));
  call.unblock(1);
  assert.equal(await last, true);
  assert.equal(call.blocked, true, 'two are still on their way');
});

test('a send that waits is released when Envoy goes, and when the exchange is reset', async () => {
  const gone = stage(sending);
  const waiting = fill(gone);
  assert.equal(await isSettled(waiting), false);
  gone.call.cancel();
  assert.equal(await isSettled(waiting), true);
  const reset = stage(sending);
  const other = fill(reset);
  reset.stream.reset('drain');
  assert.equal(await isSettled(other), true);
});

// ── Long streams

test('100,000 messages there and back leave nothing behind', async () => {
  const staged = stage(sending);
  const { call, stream, arrive } = staged;
  const piece = Buffer.from('x');
  for (let i = 0; i < 100_000; i++) {
    const arriving = stream.next();
    arrive(body('response', piece));
    await arriving;
    // Every 100th write finds the window closed, so that waiting for it is part of it.
    if (i % 100 === 0) {
      const waiting = fill(staged);
      call.unblock();
      await waiting;
    } else await stream.send(answerBody('response'));
    if (i % 1000 === 0) call.written.length = 0;
  }
  assert.equal(call.asked, true);
  assert.equal(await isSettled(fill(staged)), false, 'the limit is where it was');
  call.unblock();
  assert.equal(await isSettled(stream.send(answerBody('response'))), true, 'and nothing is counted that was let go');
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
