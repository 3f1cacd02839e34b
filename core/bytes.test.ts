import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { joined, toHex } from './bytes.ts';

test('bytes become the same hex as in Node', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.equal(toHex(bytes), Buffer.from(bytes).toString('hex'));
    }),
  );
});

test('joining chunks loses nothing, and copies nothing when there is one', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (chunks) => {
      assert.deepEqual(Buffer.from(joined(chunks)), Buffer.concat(chunks));
    }),
  );
  const one = new Uint8Array([1, 2]);
  assert.equal(joined([one]), one);
});
