/** A number of JSON stays a number, whatever blanks stand around it and wherever the body is cut. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import fc from 'fast-check';
import type { ReadApi } from '../policy/policy.ts';
import { everyByte, maskInChunks } from './planted.testing.ts';
import { bankProfile } from './profile.ts';
import { runs } from './seeded-runs.testing.ts';

const engine = createMasking();
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function mask(body: string, cuts: 'none' | 'all', api: ReadApi = 'json', contentType = 'application/json'): string {
  const masker = engine.masker({ api, contentType, direction: 'response', path: '' }, bankProfile, {
    eventBytes: 1 << 20,
  });
  const bytes = encoder.encode(body);
  return decoder.decode(maskInChunks(masker, bytes, cuts === 'none' ? [] : everyByte(bytes.length)).bytes);
}

const card = '4111111111111111';
const blanks = ['', ' ', '\t', '\n', '\r\n', '  \n\t'];

describe('a card as a number of JSON is nines, with any blanks around it', () => {
  const bodies: Readonly<Record<string, (blank: string) => string>> = {
    'an element alone': (blank) => `[${blank}${card}${blank}]`,
    'elements between others': (blank) => `[1${blank},${blank}${card}${blank},"a",${blank}${card}${blank},null]`,
    'behind a string, a list, an object, a word': (blank) =>
      `["a"${blank},${blank}${card}${blank},[]${blank},${card}${blank},{}${blank},${card}${blank},true${blank},${card}${blank},null,${blank}${card}${blank}]`,
    'a member': (blank) => `{"a"${blank}:${blank}${card}${blank}}`,
    'members between others': (blank) => `{"a":${blank}${card}${blank},"b"${blank}:-${card}${blank},"c":1}`,
    'a document': (blank) => `${blank}${card}${blank}`,
    'an element of a list in a list': (blank) => `[[${blank}${card}${blank}]${blank},[${blank}${card}.5${blank}]]`,
  };
  for (const [name, body] of Object.entries(bodies)) {
    it(name, () => {
      for (const blank of blanks) {
        const sent = body(blank);
        const whole = mask(sent, 'none');
        assert.equal(whole, sent.replaceAll(card, '9999999999991111'));
        JSON.parse(whole);
        assert.equal(mask(sent, 'all'), whole);
      }
    });
  }
  it('a line of NDJSON', () => {
    for (const before of ['{"a":1}', '[1]', '"a"', '1', 'true', 'false', 'null']) {
      const sent = `${before}\n${card}\n ${card} \n`;
      const expected = sent.replaceAll(card, '9999999999991111');
      assert.equal(mask(sent, 'none', 'ndjson', 'application/x-ndjson'), expected);
      assert.equal(mask(sent, 'all', 'ndjson', 'application/x-ndjson'), expected);
    }
  });
  it('in prose it is stars', () => {
    for (const text of [`my card, ${card} and more`, `is ${card} `, `a (${card}, b)`, `first\\n${card}\\nlast`]) {
      assert.equal(mask(`{"a":"${text}"}`, 'none'), `{"a":"${text.replace(card, '************1111')}"}`);
    }
  });
});

/** Values with all names that say what a number is. */
const named = fc.constantFrom(
  'ssn',
  'phone',
  'card',
  'account_number',
  'routing_number',
  'dob',
  'nhs',
  'zip',
  'x',
  'npi',
);
const digits = fc.oneof(
  fc.constantFrom(card, '536228841', '4155552671', '121000248', '19800312', '5362288', '9434765919', '1234567893'),
  fc.integer({ min: 0, max: 1e12 }).map(String),
);
const blank = fc.constantFrom(...blanks);
const value: fc.Arbitrary<string> = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    digits,
    fc.constantFrom('"a, 1"', 'true', 'null', '-0.5'),
    tie('list'),
    tie('object'),
  ),
  list: fc
    .tuple(blank, fc.array(tie('value'), { maxLength: 3 }))
    .map(([gap, elements]) => `[${gap}${elements.join(`${gap},${gap}`)}${gap}]`),
  object: fc
    .tuple(blank, fc.uniqueArray(fc.tuple(named, tie('value')), { maxLength: 3, selector: ([name]) => name }))
    .map(
      ([gap, members]) =>
        `{${gap}${members.map(([name, of]) => `"${name}"${gap}:${gap}${of}`).join(`${gap},${gap}`)}${gap}}`,
    ),
})).value;

const wrapped: Readonly<Record<string, readonly [ReadApi, string, (json: string) => string, RegExp]>> = {
  'as one text': ['json', 'application/json', (json) => json, /$^/],
  'value by value': ['kserve-v1', 'application/json', (json) => json, /$^/],
  'in an event stream': [
    'openai',
    'text/event-stream',
    (json) => `data: {"x":${json.replaceAll(/[\r\n]/g, ' ')}}\n\n`,
    /^data: /,
  ],
  'in lines': ['ollama', 'application/x-ndjson', (json) => `{"x":${json.replaceAll(/[\r\n]/g, ' ')}}\n`, /$^/],
};
describe('JSON stays JSON, and each number as long as it was', () => {
  for (const [name, [api, contentType, wrap, frame]] of Object.entries(wrapped)) {
    it(name, (test) => {
      fc.assert(
        fc.property(value, (json) => {
          const sent = wrap(json);
          const whole = mask(sent, 'none', api, contentType);
          assert.equal(whole.replaceAll(/[0-9]/g, '9'), sent.replaceAll(/[0-9]/g, '9'));
          JSON.parse(whole.replace(frame, ''));
          assert.equal(mask(sent, 'all', api, contentType), whole);
        }),
        runs(test, 100),
      );
    });
  }
});
