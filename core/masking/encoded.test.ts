import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { textScan } from '@countersign/adapters/re2/text-scan.ts';
import fc from 'fast-check';
import { inUrlLetters, toBase64 } from '../base64.ts';
import { encodedHoldFrom, longest, nextRun, readEncoded } from './encoded.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const read = (text: string, start = 0): string | undefined => {
  const found = readEncoded(textScan, bytes(text), start);
  return found && `${found.start} ${new TextDecoder().decode(found.text)}`;
};

describe('what is read as base64', () => {
  it('any text, with padding and without, written again as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 12 }), fc.boolean(), (text, padded) => {
        fc.pre(!/\p{Cc}/u.test(text));
        const encoded = padded ? base64(text) : base64(text).replace(/=+$/, '');
        assert.equal(read(`${encoded} `), `0 ${text}`);
        assert.equal(toBase64(bytes(text), padded), encoded);
        const inUrl = inUrlLetters(encoded);
        assert.equal(read(`${inUrl} `), `0 ${text}`);
      }),
    );
  });
  it('base64url as a whole, and base64 between "-" and "_" as ever', () => {
    const text = 'is?536-22-8726, José';
    const encoded = inUrlLetters(base64(text));
    assert.match(encoded, /[-_]/);
    assert.equal(read(`"${encoded}"`, 1), `1 ${text}`);
    assert.equal(nextRun(bytes(`"${encoded}"`), 0), 1);
    const named = `user_${base64('536-22-8726 ab')}`;
    assert.equal(nextRun(bytes(named), 0), 5);
    assert.equal(read(named, 5), '5 536-22-8726 ab');
  });
  it('no UUID, and no name with "-" or "_" in it', () => {
    for (const text of [
      '7f3e2b1a-9c4d-4e5f-8a6b-1c2d3e4f5a6b',
      'customer_account_identifier',
      '----------------------------------------',
      'x-request-id-and-more',
      '________________________________',
    ])
      assert.equal(nextRun(bytes(text), 0), Number.POSITIVE_INFINITY, text);
  });
  it('the last part of a path', () => assert.equal(read(`/users/${base64('123-45-6789')}`), '7 123-45-6789'));
  it('not the middle of a run', () => assert.equal(read(`A${base64('123-45-6789!')}`, 1), undefined));
  it('not what decodes to bytes that no text has', () => {
    for (const text of ['customerAccountIdentifier', '7f3e2b1a9c4d4e5f8a6b1c2d3e4f5a6b', 'AAAAAAAAAAAAAAAAAAAAAAAA']) {
      assert.equal(read(text), undefined);
    }
  });
  it('not a run that is too long, nor one that is too short', () => {
    assert.equal(read(base64('a'.repeat(3 * longest))), undefined);
    assert.equal(read(base64('12345678')), undefined);
  });
});

describe('what is held back', () => {
  const hold = (text: string, base = 0): number => encodedHoldFrom(bytes(text), base);
  it('a run that goes on to the end, and padding that may be followed by more', () => {
    assert.equal(hold('a bcd'), 2);
    assert.equal(hold('a bcd='), 2);
    assert.equal(hold('a bcd=='), 2);
    assert.equal(hold('a bcd '), 6);
    assert.equal(hold(''), 0);
  });
  it('not a run that is too long, nor what is left of one', () => {
    assert.equal(hold('a'.repeat(longest)), 0);
    assert.equal(hold('a'.repeat(longest + 1)), longest + 1);
    assert.equal(hold('aaaa', 2), 4);
  });
});
