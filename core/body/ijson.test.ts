import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseIJson } from './ijson.ts';

const encoder = new TextEncoder();
const parse = (text: string) => parseIJson(encoder.encode(text));
const reason = (text: string): string => {
  const result = parse(text);
  return result.ok ? 'accepted' : result.error.reason;
};

describe('accepted', () => {
  it('whatever JSON.stringify writes, as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(text.isWellFormed() && !/\\u[dD][89a-fA-F]/.test(text));
        const result = parse(text);
        assert.ok(result.ok);
        assert.deepEqual(result.value, JSON.parse(text));
      }),
      { numRuns: 200 },
    );
  });
  it('the same key in different objects, keys like __proto__, escaped pairs, colons and braces in strings', () => {
    for (const text of [
      '[{"a":1},{"a":{"a":2}}]',
      '{"__proto__":1,"constructor":2}',
      '"\\ud83d\\ude00"',
      '{"a:{[":"\\":}"}',
      `{"a":"${'['.repeat(200)}"}`,
      '['.repeat(128) + ']'.repeat(128),
      '{"a":1,"A":2}',
      `{"a":"${'[{:,'.repeat(1_100_000)}"}`,
      `[${'0,'.repeat(1_000_000)}0]`,
    ]) {
      assert.equal(reason(text), 'accepted');
    }
  });
});

/** Each line is a body that two readers could understand differently. */
const hostile: readonly (readonly [name: string, text: string, reason: string])[] = [
  ['a duplicate key', '{"model":"a","model":"b"}', 'duplicate_key'],
  ['a duplicate key, spelled another way', '{"model":"a","\\u006dodel":"b"}', 'duplicate_key'],
  ['a duplicate key deep inside', '[[{"x":{"a":1,"a":1}}]]', 'duplicate_key'],
  ['a duplicate key whose first value hides keys', '{"a":{"b":1,"c":2},"a":1}', 'duplicate_key'],
  ['a duplicate __proto__', '{"__proto__":1,"__proto__":2}', 'duplicate_key'],
  ['a lone surrogate in a value', '{"a":"\\ud800"}', 'lone_surrogate'],
  ['a lone surrogate in a key', '{"\\udc00":1}', 'lone_surrogate'],
  ['surrogates in the wrong order', '"\\ude00\\ud83d"', 'lone_surrogate'],
  ['a number that becomes infinity', '[1e400]', 'number_out_of_range'],
  ['bytes behind the value', '{} {}', 'not_json'],
  ['a NUL behind the value', '{}\0', 'not_json'],
  ['a comment', '{}//', 'not_json'],
  ['a trailing comma', '[1,]', 'not_json'],
  ['NaN', '[NaN]', 'not_json'],
  ['single quotes', "{'a':1}", 'not_json'],
  ['a raw line end in a string', '"\n"', 'not_json'],
  ['nothing', '', 'not_json'],
  ['a byte order mark', '\ufeff{}', 'byte_order_mark'],
  ['depth without end', '['.repeat(100_000) + ']'.repeat(100_000), 'nested_too_deep'],
  ['depth without end that never closes', '['.repeat(100_000), 'nested_too_deep'],
  ['one level too deep', '['.repeat(129) + ']'.repeat(129), 'nested_too_deep'],
  ['brackets without end', `[${'[],'.repeat(300_000)}0]`, 'too_many_lists_and_objects'],
  ['keys without end', `{${Array.from({ length: 100_001 }, (_, i) => `"${i}":0`).join()}}`, 'too_many_members'],
  ['values without end', `[${'0,'.repeat(4_000_001)}0]`, 'too_many_values'],
  ['a byte order mark in front of a value of another kind', '\ufeff0', 'byte_order_mark'],
  ['a byte order mark behind the value', '{}\ufeff', 'not_json'],
  ['a duplicate key in a list of objects', '[{"a":1},{"b":1,"b":1}]', 'duplicate_key'],
  ['a duplicate empty key', '{"":1,"":2}', 'duplicate_key'],
  ['a surrogate pair that is cut by the end of the string', '"\\ud83d"', 'lone_surrogate'],
  ['a string that never ends', '"aaa', 'not_json'],
  ['a string that ends in a backslash', '"\\', 'not_json'],
  ['a quotation mark and nothing', '"', 'not_json'],
];

describe('refused', () => {
  for (const [name, text, expected] of hostile) it(name, () => assert.equal(reason(text), expected));

  it('bytes that are no UTF-8: overlong, surrogates, cut, Latin-1', () => {
    for (const bytes of [[0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xe9]]) {
      const result = parseIJson(new Uint8Array([0x22, ...bytes, 0x22]));
      assert.deepEqual(result, { ok: false, error: { code: 'ERR_BODY_UTF8', reason: 'not_utf8' } });
    }
  });
});
