import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLifecycle } from './lifecycle.ts';

const hourMs = 3_600_000;

test('a wake that comes before the sender sits down is not lost', async () => {
  const lifecycle = createLifecycle();
  lifecycle.wake();
  await lifecycle.idle(hourMs);
});

test('an idle sender is woken by new records, by draining and by stopping', async () => {
  for (const rouse of ['wake', 'drain', 'stop'] as const) {
    const lifecycle = createLifecycle();
    const idle = lifecycle.idle(hourMs);
    lifecycle[rouse]();
    await idle;
  }
});

test('a back-off is cut short by draining and by stopping, not by new records', async () => {
  for (const rouse of ['drain', 'stop'] as const) {
    const lifecycle = createLifecycle();
    let over = false;
    const pause = lifecycle.pause(hourMs).then(() => {
      over = true;
    });
    lifecycle.wake();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(over, false);
    lifecycle[rouse]();
    await pause;
  }
});

test('running, draining, stopped: never back', () => {
  const lifecycle = createLifecycle();
  assert.equal(lifecycle.phase, 'running');
  lifecycle.drain();
  assert.equal(lifecycle.phase, 'draining');
  lifecycle.stop();
  lifecycle.drain();
  assert.equal(lifecycle.phase, 'stopped');
});

test('stopping leaves a promise that never settles behind, and one that fails later alone', async () => {
  const lifecycle = createLifecycle();
  const never = lifecycle.unlessStopped(new Promise(() => undefined));
  const late = Promise.withResolvers<string>();
  const guarded = lifecycle.unlessStopped(late.promise);
  lifecycle.stop();
  assert.deepEqual(await Promise.all([never, guarded]), [undefined, undefined]);
  late.reject(new Error('nobody listens any more'));
  await new Promise((resolve) => setImmediate(resolve));
});
