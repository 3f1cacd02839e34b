import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromBase64, fromBase64Url, toBase64, toBase64Url } from './base64.ts';

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

test('base64 is written as Node writes it, and read in either alphabet, padded or not', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64');
      assert.equal(toBase64(bytes, true), text);
      assert.equal(toBase64(bytes, false), text.replace(/=+$/, ''));
      for (const spelled of [text, text.replace(/=+$/, ''), Buffer.from(bytes).toString('base64url')]) {
        assert.deepEqual(fromBase64(spelled), bytes);
      }
    }),
  );
});
