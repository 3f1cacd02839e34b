import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteBudget, RequestBuffer } from './byte-budget.ts';

test('a request is what was pushed, in whatever pieces it came', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40_000 }), { maxLength: 8 }), (chunks) => {
      const buffer = new RequestBuffer(1_000_000, new ByteBudget(1_000_000));
      for (const chunk of chunks) assert.equal(buffer.push(chunk), 'taken');
      assert.ok(Buffer.concat(chunks).equals(buffer.view()));
    }),
  );
});

test('one byte at a time keeps bytes, not messages', () => {
  const message = new Uint8Array(1000);
  const budget = new ByteBudget(16 * 1024);
  const buffer = new RequestBuffer(1_000_000, budget);
  for (let sent = 0; sent < 16 * 1024; sent++) assert.equal(buffer.push(message.subarray(0, 1)), 'taken');
  assert.equal(buffer.push(message.subarray(0, 1)), 'no_room');
  buffer.release();
  buffer.release();
  assert.equal(budget.take(16 * 1024), true);
});

test('over the limit of a request nothing is taken', () => {
  const buffer = new RequestBuffer(10, new ByteBudget(1000));
  assert.equal(buffer.push(new Uint8Array(10)), 'taken');
  assert.equal(buffer.push(new Uint8Array(1)), 'too_large');
  assert.equal(buffer.length, 10);
});

test('who waits for room gets it in turn, or learns that there was none in time', async () => {
  const budget = new ByteBudget(10);
  const expire: (() => void)[] = [];
  const timers = {
    after: (_: number, run: () => void) => {
      expire.push(run);
      return () => undefined;
    },
    turn: () => Promise.resolve(),
  };
  assert.equal(await budget.takeWithin(8, 1_000, timers), true);
  const order: string[] = [];
  const ask = async (name: string, bytes: number): Promise<void> => {
    order.push(`${name} ${await budget.takeWithin(bytes, 1_000, timers)}`);
  };
  const asked = [ask('large', 9), ask('small', 2), ask('late', 10)];
  budget.give(8);
  await asked[0];
  assert.deepEqual(order, ['large true'], 'the small one does not overtake');
  budget.give(9);
  await asked[1];
  expire[2]?.();
  await asked[2];
  assert.deepEqual(order, ['large true', 'small true', 'late false']);
  budget.give(2);
  assert.equal(budget.usedBytes, 0);
});
