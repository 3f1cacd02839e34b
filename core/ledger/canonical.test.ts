import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from './canonical.ts';
import type { Json, JsonObject } from './record.ts';

const { tree } = fc.letrec<{ tree: Json; leaf: Json }>((tie) => ({
  leaf: fc.oneof(fc.string({ unit: 'grapheme' }), fc.maxSafeInteger(), fc.boolean(), fc.constant(null)),
  tree: fc.oneof(
    { maxDepth: 4 },
    tie('leaf'),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(
      fc.string({ unit: 'binary' }).filter((key) => key.isWellFormed()),
      tie('tree'),
      { maxKeys: 6 },
    ),
  ),
}));
const object: fc.Arbitrary<JsonObject> = fc.dictionary(fc.string({ unit: 'grapheme' }), tree, { maxKeys: 6 });

function canonical(value: JsonObject): string {
  const result = canonicalJson(value);
  assert.ok(result.ok, result.ok ? '' : result.error.reason);
  return result.value;
}

function reasonFor(value: unknown): string {
  const broken = {};
  Object.defineProperty(broken, 'value', { value, enumerable: true }); // what a caller that broke the types would hand in
  const result = canonicalJson(broken);
  assert.ok(!result.ok, 'accepted');
  assert.equal(result.error.code, 'ERR_LEDGER_RECORD');
  return result.error.reason;
}

test('what is read back is what was written', () => {
  fc.assert(
    fc.property(object, (value) => {
      assert.deepEqual(JSON.parse(canonical(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('the order in which members were set does not show', () => {
  fc.assert(
    fc.property(object, (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      assert.equal(canonical(reversed), canonical(value));
    }),
  );
});

test('writing what was read back changes nothing', () => {
  fc.assert(
    fc.property(object, (value) => {
      const text = canonical(value);
      assert.equal(canonical(JSON.parse(text)), text);
    }),
  );
});

test('keys are sorted by UTF-16 code unit, as in the example of RFC 8785 §3.2.3', () => {
  const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };
  assert.equal(canonical(value), '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}');
});

test('keys that look like array indexes are sorted as text', () => {
  assert.equal(canonical({ '10': 1, '9': 2, a: 3 }), '{"10":1,"9":2,"a":3}');
});

test('strings are escaped as RFC 8785 §3.2.2.2 does it', () => {
  assert.equal(canonical({ s: '€$\u000f\nA\'B"\\"/' }), '{"s":"€$\\u000f\\nA\'B\\"\\\\\\"/"}');
});

test('minus zero is zero', () => {
  assert.equal(canonical({ n: -0 }), '{"n":0}');
});

test('members that are undefined are left out, as if they had not been named', () => {
  assert.equal(canonical({ a: undefined, b: { c: undefined, d: 1 } }), '{"b":{"d":1}}');
});

test('a member named __proto__ is a member', () => {
  assert.equal(canonical(JSON.parse('{"__proto__":{"a":1}}')), '{"__proto__":{"a":1}}');
});

for (const [what, value, reason] of [
  ['a float', 0.5, 'number_not_safe_integer'],
  ['an integer that a double cannot hold', 2 ** 53, 'number_not_safe_integer'],
  ['not a number', Number.NaN, 'number_not_safe_integer'],
  ['a lone surrogate', 'a\ud800', 'lone_surrogate'],
  ['a lone surrogate in a key', { '\udc00': 1 }, 'lone_surrogate'],
  ['a bigint', 1n, 'not_json_bigint'],
  ['a function', () => 1, 'not_json_function'],
  ['undefined in an array', [undefined], 'not_json_undefined'],
  ['a hole in an array', new Array(1), 'not_json_undefined'],
  ['a date', new Date(0), 'not_a_plain_object'],
  ['a map, which would come out empty', new Map([[1, 2]]), 'not_a_plain_object'],
] as const) {
  test(`${what} is refused, not guessed at`, () => assert.equal(reasonFor(value), reason));
}

test('what would answer for itself is written as what it is, or refused', () => {
  const toJSON = (): string => 'another';
  assert.equal(reasonFor({ toJSON }), 'not_json_function');
  const hidden = Object.defineProperty({ a: 1 }, 'toJSON', { value: toJSON });
  assert.equal(canonical({ hidden, list: Object.assign([1], { toJSON }) }), '{"hidden":{"a":1},"list":[1]}');
  const bare: JsonObject = Object.assign(Object.create(null), { b: 1, c: 'x' });
  assert.equal(canonical({ bare }), '{"bare":{"b":1,"c":"x"}}');
});

test('only an object is a record', () => {
  for (const text of ['[]', '[{}]', '"a"', '1', 'true'])
    assert.throws(() => canonical(JSON.parse(text)), /not_a_plain_object/, text);
});

test('a cycle ends in a refusal, not in a stack overflow', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  assert.equal(reasonFor(cycle), 'too_deep');
});
