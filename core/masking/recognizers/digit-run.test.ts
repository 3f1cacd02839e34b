/** Long runs of digits: masked whatever they are, but for a piece of a hexadecimal token. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { everyByte, maskInChunks } from '../planted.testing.ts';
import { bankProfile } from '../profile.ts';

const engine = createMasking();
const mask = (text: string, cuts: readonly number[]): string => {
  const kind = { api: 'text', contentType: '', direction: 'request', path: '' } as const;
  const masker = engine.masker(kind, bankProfile, { eventBytes: 1024 });
  return Buffer.from(maskInChunks(masker, Buffer.from(text), cuts).bytes).toString();
};

describe('a run of 20 digits and more', () => {
  it('at the beginning of a hexadecimal token is no value', () => {
    for (const text of ['sha 12345678901234567890abcdef0123456789abcd', 'sha 12345678901234567890abc'])
      assert.equal(mask(text, []), text);
  });
  it('is masked alone, in front of a word, and where it is longer than a piece of a token', () => {
    for (const text of ['4111111111111111122512345', '4111111111111111122512345exp', `${'1'.repeat(45)}abc`])
      assert.doesNotMatch(mask(text, []), /\d/);
  });
  it('comes out the same however it is cut', () => {
    const runs = [20, 39, 40, 41, 60].flatMap((digits) =>
      ['', 'abc', 'abcd1', 'exp', ',', '.5'].map((behind) => `x ${'1'.repeat(digits)}${behind} y`),
    );
    for (const text of [...runs, '{"n":12345678901234567890123}', '12345678901234567890ab']) {
      const whole = mask(text, []);
      assert.equal(mask(text, everyByte(text.length)), whole, text);
      for (let at = 0; at < text.length; at++) assert.equal(mask(text, [at]), whole, `${text} at ${at}`);
    }
  });
});
