import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoffMs } from './backoff.ts';

test('the wait doubles from 100 ms and never exceeds 5 s, however long the outage', () => {
  const longest = [1, 2, 3, 6, 7, 50, 1_000_000].map((attempt) => backoffMs(attempt, () => 1));
  assert.deepEqual(longest, [100, 200, 400, 3_200, 5_000, 5_000, 5_000]);
});

test('at least half of the wait is kept and the rest is random, so that replicas spread out', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempt, random) => {
        const waitMs = backoffMs(attempt, () => random);
        const longestMs = backoffMs(attempt, () => 1);
        assert.ok(waitMs >= longestMs / 2 && waitMs <= longestMs);
      },
    ),
  );
});
