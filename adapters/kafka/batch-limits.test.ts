import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBatchLimits } from './batch-limits.ts';

test('a batch starts at 200 records and 900 KB, which fits what Kafka takes by default', () => {
  assert.deepEqual(createBatchLimits().now, { records: 200, bytes: 900_000 });
});

test('each refusal halves it, down to a single record', () => {
  const limits = createBatchLimits();
  const sizes: number[] = [];
  for (let length = 40; length > 1; length = limits.now.records) {
    limits.tooLarge({ length });
    sizes.push(limits.now.records);
  }
  assert.deepEqual(sizes, [20, 10, 5, 3, 2, 1]);
});

test('it grows back slowly once batches go through, and never beyond where it started', () => {
  const limits = createBatchLimits();
  limits.tooLarge({ length: 100 });
  for (let batch = 0; batch < 99; batch++) limits.verified();
  assert.equal(limits.now.records, 50);
  for (let batch = 0; batch < 1_000; batch++) limits.verified();
  assert.deepEqual(limits.now, createBatchLimits().now);
});
