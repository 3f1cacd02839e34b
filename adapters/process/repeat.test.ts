import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Timers } from '@countersign/core/ports.ts';
import { repeat } from './repeat.ts';

/** Timers that are due when the test says so. */
function timersOfTests() {
  const due: (() => void)[] = [];
  const timers: Timers = {
    after(_, run) {
      due.push(run);
      return () => void due.splice(due.indexOf(run), 1);
    },
    turn: () => Promise.resolve(),
  };
  return { timers, due };
}

test('the next time is counted from the end of the work, so that slow work never overlaps itself', async () => {
  const { timers, due } = timersOfTests();
  const work = Promise.withResolvers<void>();
  const stop = repeat(timers, 1000, () => work.promise);
  due.shift()?.();
  assert.equal(due.length, 0);
  work.resolve();
  await work.promise;
  await new Promise((turn) => setImmediate(turn));
  assert.equal(due.length, 1);
  await stop();
  assert.equal(due.length, 0);
});

test('a stop waits for the work that is under way, and nothing comes after it', async () => {
  const { timers, due } = timersOfTests();
  const work = Promise.withResolvers<void>();
  const stop = repeat(timers, 1000, () => work.promise);
  due.shift()?.();
  let isStopped = false;
  const stopped = stop().then(() => {
    isStopped = true;
  });
  await new Promise((turn) => setImmediate(turn));
  assert.equal(isStopped, false);
  work.resolve();
  await stopped;
  assert.equal(due.length, 0);
});
