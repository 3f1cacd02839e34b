/** One ext_proc stream that is slower, faster or longer than it should be: nothing is lost, and nothing grows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerBody, body, headers, nothing, quiet, stage } from './process-stream.testing.ts';

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
