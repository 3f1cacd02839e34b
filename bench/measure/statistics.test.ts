import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { median, percentile, randomFrom, shuffled, spread } from './statistics.ts';

test('the median of an even number of values lies between the two in the middle', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([9, 1, 5]), 5);
  assert.ok(Number.isNaN(median([])));
});

test('a percentile is one of the values: nearest rank, as load tools count', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.equal(percentile(hundred, 0.5), 50);
  assert.equal(percentile(hundred, 0.99), 99);
  assert.equal(percentile(hundred, 1), 100);
  assert.equal(percentile([7], 0.99), 7);
  assert.ok(Number.isNaN(percentile([], 0.5)));
});

test('a percentile is not below that share of the values, and no smaller value would do', () => {
  const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 });
  fc.assert(
    fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
      const found = percentile(all, share);
      const upTo = (limit: number): number => all.filter((value) => value <= limit).length;
      assert.ok(all.includes(found));
      assert.ok(upTo(found) >= share * all.length);
      for (const value of all) if (value < found) assert.ok(upTo(value) < share * all.length);
    }),
  );
});

test('a spread is the median with the smallest and the largest value', () => {
  assert.deepEqual(spread([3, 1, 2]), { median: 2, min: 1, max: 3 });
});

test('a seed gives the same order again, and the order keeps every value', () => {
  const values = [1, 2, 3, 4, 5, 6, 7, 8];
  assert.deepEqual(shuffled(values, randomFrom(42)), shuffled(values, randomFrom(42)));
  assert.notDeepEqual(shuffled(values, randomFrom(42)), shuffled(values, randomFrom(43)));
  assert.deepEqual(shuffled(values, randomFrom(42)).sort(), values);
});
