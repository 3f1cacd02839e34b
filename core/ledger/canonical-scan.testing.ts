import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { runs } from '../masking/seeded-runs.testing.ts';
import { canonicalJson } from './canonical.ts';

const utf8 = new TextEncoder();
const after = '\0';

/** Of the object that begins at `at` in these bytes. */
export type ObjectEnd = (bytes: Uint8Array, at: number, depth: number) => number;

/** What canonicalJson() makes of it, or nothing. */
function written(text: string): string | undefined {
  try {
    const json = canonicalJson(JSON.parse(text));
    return json.ok ? json.value : undefined;
  } catch {
    return undefined;
  }
}

const nested = (depth: number): string => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

const canonical: readonly string[] = [
  '{}',
  '{"a":1,"b":-1,"c":0}',
  '{"a":9007199254740991,"b":-9007199254740991}',
  '{"a":{"b":[],"c":{}},"d":[1,"x",[true,false,null]]}',
  '{"a":"\\"\\\\\\b\\t\\n\\f\\r\\u0000\\u001f/€😀"}',
  '{"":1,"A":2,"AA":3,"a":4}',
  nested(32),
];

const notCanonical: readonly string[] = [
  '',
  '[]',
  '{',
  '{}}',
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  '{,"a":1}',
  '{"a":1 }',
  ' {"a":1}',
  '{"a":1,"a":2}',
  '{"b":1,"a":2}',
  '{"aa":1,"a":2}',
  '{"a":01}',
  '{"a":-0}',
  '{"a":-}',
  '{"a":+1}',
  '{"a":1.0}',
  '{"a":1e3}',
  '{"a":9007199254740992}',
  '{"a":9007199254740993}',
  '{"a":90071992547409910}',
  '{"a":"\t"}',
  '{"a":"\\/"}',
  '{"a":"\\u0041"}',
  '{"a":"\\u0009"}',
  '{"a":"\\u001F"}',
  '{"a":"\\u007f"}',
  '{"a":"\\ud83d\\ude00"}',
  '{"a":"x}',
  '{"a":tru}',
  '{"a":nul}',
  '{"a":NaN}',
  '{"a":[1,]}',
  '{"a":[}',
  '{"a":[1 ,2]}',
  nested(33),
];

export const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.string({ unit: fc.constantFrom(...' abAB0_~'), maxLength: 6 }), tie('value'), {
    maxKeys: 6,
  }),
})).object;

/** What every scan has to do, wherever it runs. */
export function testScan(objectEnd: ObjectEnd): void {
  const isCanonical = (text: string): boolean =>
    objectEnd(utf8.encode(text + after), 0, 1) === utf8.encode(text).length;

  for (const text of canonical) {
    test(`canonical: ${text.slice(0, 60)}`, () => {
      assert.equal(written(text), text);
      assert.ok(isCanonical(text));
    });
  }

  for (const text of notCanonical) {
    test(`not canonical: ${text.slice(0, 60)}`, () => {
      assert.notEqual(written(text), text);
      assert.ok(!isCanonical(text));
    });
  }

  test('a key that is not plain ASCII is left to whoever looks again', () => {
    for (const text of ['{"é":1}', '{"a\\nb":1}']) {
      assert.equal(written(text), text);
      assert.ok(!isCanonical(text));
    }
  });

  test('whatever canonicalJson() writes with keys of plain ASCII is canonical', (t) => {
    fc.assert(
      fc.property(json, (value) => {
        const text = written(JSON.stringify(value));
        fc.pre(text !== undefined);
        assert.ok(isCanonical(text), text);
      }),
      runs(t, 500),
    );
  });

  test('what is called canonical canonicalJson() writes the same, after any change of any byte', (t) => {
    const letters = [...'{}[]:,"\\ 0123-.eEutfn\0', '\u0000', 'é', '\t'];
    fc.assert(
      fc.property(json, fc.nat(), fc.constantFrom(...letters), fc.boolean(), (value, place, letter, isPutIn) => {
        const text = written(JSON.stringify(value));
        fc.pre(text !== undefined);
        const at = place % text.length;
        const changed = text.slice(0, at) + letter + text.slice(isPutIn ? at : at + 1);
        fc.pre(changed.isWellFormed());
        if (isCanonical(changed)) assert.equal(written(changed), changed);
      }),
      runs(t, 2000),
    );
  });
}
