/** The guarantee: however a body is cut into chunks, what comes out is the same bytes. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { times } from '@countersign/envoy/test/harness/tier.ts';
import fc from 'fast-check';
import type { ReadApi } from '../policy/policy.ts';
import { anyCuts, cutsAt, everyByte, hostile, maskInChunks, textWithPlanted } from './planted.testing.ts';
import { bankProfile } from './profile.ts';
import { runs } from './seeded-runs.testing.ts';

const engine = createMasking();
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const kinds: readonly (readonly [name: string, api: ReadApi, contentType: string, encode: (text: string) => string])[] =
  [
    ['text', 'text', 'text/plain', (text) => text],
    ['JSON', 'json', 'application/json', (text) => JSON.stringify({ note: text, list: [text, 4111111111111111] })],
    [
      'JSON inside JSON',
      'json',
      'application/json',
      (text) => JSON.stringify({ arguments: JSON.stringify({ note: text }) }),
    ],
    ['JSON with every character escaped', 'json', 'application/json', (text) => `{"note":"${escapeAll(text)}"}`],
    [
      'an OpenAI answer',
      'openai',
      'application/json',
      (text) => JSON.stringify({ choices: [{ message: { content: text } }] }),
    ],
    ['bytes that only claim to be JSON', 'json', 'application/json', (text) => text],
  ];

function escapeAll(text: string): string {
  let escaped = '';
  for (let i = 0; i < text.length; i++) escaped += `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return escaped;
}

const masker = (api: ReadApi, contentType: string) =>
  engine.masker({ api, contentType, direction: 'response', path: '' }, bankProfile, { eventBytes: 65536 });

for (const [name, api, contentType, encode] of kinds) {
  describe(`${name}: the output does not depend on chunks`, () => {
    const same = (bytes: Uint8Array, cuts: readonly number[]): void => {
      const whole = maskInChunks(masker(api, contentType), bytes, []);
      const cut = maskInChunks(masker(api, contentType), bytes, cuts);
      assert.equal(decoder.decode(cut.bytes), decoder.decode(whole.bytes), `cuts ${cuts.join(',')}`);
      assert.deepEqual(cut.summary, whole.summary);
    };

    it('cut in two anywhere', (test) => {
      fc.assert(
        fc.property(hostile, (text) => {
          const bytes = encoder.encode(encode(text));
          for (let at = 0; at <= bytes.length; at++) same(bytes, [at]);
        }),
        runs(test, times(500, 15)),
      );
    });

    it('cut into many pieces, and byte by byte', (test) => {
      fc.assert(
        fc.property(hostile, hostile, anyCuts, (left, right, fractions) => {
          const bytes = encoder.encode(encode(left + right));
          same(bytes, cutsAt(fractions, bytes.length));
          same(bytes, everyByte(bytes.length));
        }),
        runs(test, times(10_000, 100)),
      );
    });
  });
}

/** Behind a line end a number in a string may look like a bare one: nines hide as much, and are right there too (hide.ts). */
const starsFor = (output: string, expected: string): string =>
  output.replaceAll('9', (char, at: number) => (expected[at] === '*' ? '*' : char));

describe('what is planted is masked, and nothing else changes', () => {
  for (const [name, api, contentType, encode] of kinds.slice(0, 2)) {
    it(`${name}, in one piece and byte by byte`, (test) => {
      fc.assert(
        fc.property(textWithPlanted, ({ value, masked }) => {
          const bytes = encoder.encode(encode(value));
          // The list of the JSON kind has a card as a bare number besides.
          const expected = encode(masked).replace(',4111111111111111]', ',9999999999991111]');
          for (const cuts of [[], everyByte(bytes.length)]) {
            const output = decoder.decode(maskInChunks(masker(api, contentType), bytes, cuts).bytes);
            assert.equal(starsFor(output, expected), expected);
          }
        }),
        runs(test, times(10_000, 100)),
      );
    });
  }
});

it('letters at the rim of the Latin blocks, cut anywhere and byte by byte', () => {
  for (const letter of ['\u00d7', '\u024f', '\u0250', '\u027f', '\u0280', '\u036f', '\u0370', '\u037f', '\u0380']) {
    for (const address of [`${letter}nn@ex.org`, `an${letter}@ex.org`, `ann@e${letter}.org`, `ann@ex.${letter}rg`]) {
      const bytes = encoder.encode(`${address} `);
      const whole = maskInChunks(masker('text', 'text/plain'), bytes, []);
      for (let at = 0; at <= bytes.length; at++) {
        assert.deepEqual(maskInChunks(masker('text', 'text/plain'), bytes, [at]), whole, address);
      }
      assert.deepEqual(maskInChunks(masker('text', 'text/plain'), bytes, everyByte(bytes.length)), whole, address);
    }
  }
});

it('what a reader would take where no head of its own is, cut anywhere', () => {
  for (const text of [
    '+07700 063 966123-45-6789',
    '(12345) 678 9012 345',
    ' AB 12 34 56 C ',
    'GB82WEST12345698765432 x',
    // The colon of a label in front of IPv6, and digits behind it that make it none.
    '"ssn":2001:db8::ff00:42:83290',
  ]) {
    const bytes = encoder.encode(text);
    const whole = maskInChunks(masker('text', 'text/plain'), bytes, []);
    for (let at = 0; at <= bytes.length; at++) {
      assert.deepEqual(maskInChunks(masker('text', 'text/plain'), bytes, [at]), whole, `${text} cut at ${at}`);
    }
    assert.deepEqual(maskInChunks(masker('text', 'text/plain'), bytes, everyByte(bytes.length)), whole, text);
  }
});

describe('bytes that are no text', () => {
  it('invalid UTF-8 and NUL, anywhere, cut anywhere', (test) => {
    fc.assert(
      fc.property(
        hostile,
        fc.uint8Array({ minLength: 1, maxLength: 6 }),
        hostile,
        anyCuts,
        (left, middle, right, fractions) => {
          const bytes = new Uint8Array([...encoder.encode(left), ...middle, ...encoder.encode(right)]);
          const whole = maskInChunks(masker('text', 'text/plain'), bytes, []);
          for (const cuts of [cutsAt(fractions, bytes.length), everyByte(bytes.length)]) {
            const cut = maskInChunks(masker('text', 'text/plain'), bytes, cuts);
            assert.deepEqual(cut, whole);
          }
        },
      ),
      runs(test, times(10_000, 200)),
    );
  });
});
