import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RandomPool } from './random-pool.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('no nonce comes twice, also across refills of the pool', () => {
  const pool = new RandomPool(64);
  const seen = new Set<string>();
  for (let index = 0; index < 5_000; index++) {
    const nonce = new Uint8Array(12);
    pool.fill(nonce, 12);
    seen.add(hex(nonce));
  }
  assert.equal(seen.size, 5_000);
});

test('only the start of the target is written', () => {
  const target = new Uint8Array(16);
  new RandomPool(64).fill(target, 12);
  assert.deepEqual(target.subarray(12), new Uint8Array(4));
});

test('single bytes have every value, and about as often', () => {
  const pool = new RandomPool();
  const counts = new Array<number>(256).fill(0);
  for (let index = 0; index < 256 * 1_000; index++) {
    const byte = pool.byte();
    counts[byte] = (counts[byte] ?? 0) + 1;
  }
  // 1,000 expected of each; five standard deviations are 158.
  assert.ok(
    counts.every((count) => Math.abs(count - 1_000) < 250),
    counts.join(' '),
  );
});

test('more than the pool holds is an error, not fewer bytes', () => {
  assert.throws(() => new RandomPool(16).fill(new Uint8Array(32), 32), RangeError);
});
