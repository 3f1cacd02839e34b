import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromBase64Url, toBase64Url } from './base64url.ts';

test('writes what every other base64url writes, and reads it back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const text = toBase64Url(bytes);
      assert.equal(text, Buffer.from(bytes).toString('base64url'));
      assert.deepEqual(fromBase64Url(text), bytes);
    }),
  );
});

test('accepts one spelling only: whatever it reads, it would have written', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), (text) => {
      const bytes = fromBase64Url(text);
      if (bytes !== undefined) assert.equal(toBase64Url(bytes), text);
    }),
  );
});

for (const [what, text] of [
  ['padding', 'AA=='],
  ['the standard alphabet', 'a+/a'],
  ['stray bits', 'AB'],
  ['a single letter', 'A'],
  ['white space', 'AA AA'],
] as const) {
  test(`refuses ${what}`, () => assert.equal(fromBase64Url(text), undefined));
}
