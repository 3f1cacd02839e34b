/** Values that are not written in plain ASCII: each disguise, in each format, cut anywhere. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import fc from 'fast-check';
import { testCutAnywhere } from './cut-anywhere.testing.ts';
import { maskFlat, type Planted, planted } from './planted.testing.ts';
import { bankProfile } from './profile.ts';

const engine = createMasking();
const flat = maskFlat(engine);
const encoder = new TextEncoder();
const mask = (text: string): string => engine.maskText(text, bankProfile).text;

const eachOf =
  (change: (char: string) => string) =>
  (text: string): string =>
    Array.from(text, change).join('');
const digitsFrom = (zero: number) =>
  eachOf((char) => (/\d/.test(char) ? String.fromCodePoint(zero + Number(char)) : char));
const percent = (text: string): string =>
  [...encoder.encode(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const isAlphanumeric = (char: string): boolean => /[0-9A-Za-z]/.test(char);

/** How each character of a value may be written, everything else being as it is. */
const disguises: Readonly<Record<string, (text: string) => string>> = {
  'fullwidth digits': digitsFrom(0xff10),
  'Arabic digits': digitsFrom(0x0660),
  'Devanagari digits': digitsFrom(0x0966),
  'mathematical digits, outside the basic plane': digitsFrom(0x1d7ce),
  'fullwidth everything': eachOf((char) =>
    char === ' ' ? '\u3000' : String.fromCharCode(char.charCodeAt(0) + 0xfee0),
  ),
  'a zero-width space behind each character': eachOf((char) => `\u200b${char}`),
  'soft hyphens and bidi marks': eachOf((char) => `\u00ad\u202e${char}\u2069`),
  'struck through': eachOf((char) => `${char}\u0336`),
  'JSON escapes': eachOf((char) => `\\u00${char.charCodeAt(0).toString(16).padStart(2, '0')}`),
  'JSON escapes of fullwidth digits': eachOf((char) => (/\d/.test(char) ? `\\uff1${char}` : char)),
  'escaped surrogate pairs': eachOf((char) =>
    /\d/.test(char) ? `\\ud835\\udf${(0xce + Number(char)).toString(16)}` : char,
  ),
  'JSON inside JSON inside JSON': eachOf((char) => `\\\\\\\\u00${char.charCodeAt(0).toString(16).padStart(2, '0')}`),
  'URL encoding of all': percent,
  'URL encoding of what is no letter or digit': eachOf((char) => (isAlphanumeric(char) ? char : percent(char))),
  'URL encoding, twice': (text) => percent(text).replaceAll('%', '%25'),
  'URL encoding of fullwidth digits': (text) => percent(digitsFrom(0xff10)(text)),
  'HTML entities': eachOf((char) => `&#${char.charCodeAt(0)};`),
  'hexadecimal HTML entities': eachOf((char) => `&#x${char.charCodeAt(0).toString(16)};`),
};

describe('each disguise of each value is masked like the value', () => {
  for (const [name, disguise] of Object.entries(disguises)) {
    it(name, () => {
      for (const { value, masked } of planted) {
        // What is kept keeps its disguise: only what became a star can be compared.
        const stars = (text: string): number => text.split('*').length;
        const output = mask(`to ${disguise(value)} .`);
        assert.equal(stars(output), stars(masked), `${value}: ${output}`);
      }
    });
  }
});

describe('homoglyphs in addresses', () => {
  const cases: readonly Planted[] = [
    { value: 'bоb@ехаmple.соm', masked: '***@***********' },
    { value: 'αnn@ex.οrg', masked: '***@******' },
    { value: 'ann＠ex．org', masked: '***@******' },
    { value: 'ann@ex。org', masked: '***@******' },
    { value: '𝐚𝐧𝐧@ex.org', masked: '***@******' },
    { value: 'иван.петров@ex.org', masked: '***********@******' },
  ];
  for (const { value, masked } of cases) {
    it(value, () => assert.equal(mask(`${value} `).replace('＠', '@'), `${masked} `));
  }
});

describe('what looks like a disguise and is none', () => {
  for (const text of [
    '5% of 10%, 100%zz',
    'a & b &# &#; &#99999999; &#xd800;',
    '%',
    '%C3',
    '%C3%28',
    '\\',
    '\\u12',
    '\u200b',
    '&',
  ]) {
    it(JSON.stringify(text), () => assert.equal(mask(text), text));
  }
  it('a footnote behind a number does not become its digit', () =>
    assert.equal(mask('415-555-2671¹'), '***-***-****¹'));
  it('the stripe of a card begins with a percent sign', () =>
    assert.equal(mask('%B5555555555554444^'), '%B************4444^'));
  it('a Chinese sentence in front of an address stays', () =>
    assert.equal(mask('请联系ann@ex.org。谢谢'), '请联系***@******。谢谢'));
  it('Cyrillic and Greek prose stays', () => {
    const text = 'Ваш баланс не изменился с 2024 года. Το υπόλοιπό σας δεν άλλαξε.';
    assert.equal(mask(text), text);
  });
});

describe('whatever the disguise, the output does not depend on chunks', () => {
  const disguised = fc
    .tuple(
      fc.constantFrom(...Object.values(disguises)),
      fc.constantFrom(...planted),
      fc.constantFrom(' ', '', '\\', '%', '&#', '\u200b', '%4', '\\u00', 'é', '𝟏'),
    )
    .map(([disguise, { value }, rest]) => disguise(value) + rest);
  const text = fc.array(disguised, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
  for (const api of ['text', 'json'] as const)
    testCutAnywhere(flat, api, { body: disguised, runs: [500, 15] }, { body: text, runs: [10_000, 60] });
  for (const [name, body, cut] of [
    ['inside a percent sign and its digits', 'ann%40ex.org ', 4],
    ['inside an escape', '12\\u0033-45-6789 ', 5],
    ['between two escaped surrogates', '12\\ud835\\udfd1-45-6789 ', 8],
    ['inside a surrogate pair', '12\ud835\udfd1-45-6789 ', 4],
    ['inside an HTML entity', '12&#51;-45-6789 ', 5],
    ['behind a zero-width space', '12\u200b3-45-6789 ', 5],
  ] as const) {
    it(`cut ${name}`, () => {
      assert.equal(flat(body, 'text', [cut]), flat(body, 'text', []));
      assert.doesNotMatch(flat(body, 'text', [cut]), /6789|ann/);
    });
  }
});

describe('what is held is bounded', () => {
  for (const [name, unit] of [
    ['zero-width spaces', '\u200b'],
    ['backslashes', '\\'],
    ['percent signs', '%25'],
    ['ampersands', '&#'],
  ] as const) {
    it(`${name} without end`, () => {
      const masker = engine.masker({ api: 'text', contentType: '', direction: 'request', path: '' }, bankProfile, {
        eventBytes: 1024,
      });
      const chunk = encoder.encode(unit.repeat(1000));
      let released = 0;
      for (let i = 0; i < 3; i++) released += masker.push(chunk).length;
      assert.ok(3 * chunk.length - released <= 1024, `${released} of ${3 * chunk.length}`);
    });
  }
});
