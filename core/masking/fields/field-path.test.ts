import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { FieldNode } from './field-node.ts';
import { parseFieldPath } from './field-path.ts';
import { selectFields } from './selected-fields.ts';
import { StreamingFields } from './streaming-fields.ts';

const parsed = (path: string) => {
  const result = parseFieldPath(path);
  if (!result.ok) assert.fail(`${path}: ${result.error.message}`);
  return result.value;
};
const fault = (path: string): string => {
  const result = parseFieldPath(path);
  return result.ok ? 'fine' : `${result.error.offset}: ${result.error.message}`;
};

describe('paths of field rules', () => {
  it('RFC 9535, filters included', () => {
    for (const path of [
      '$',
      "$.outputs[?@.name=='customer'].data[*]",
      '$..ssn',
      '$.a[0,2]["b"]',
      '$[-1].x[1:9:2]',
      '$[?@.a && !(@.b > 2 || length(@.c) == $.n)]',
    ]) {
      assert.equal(fault(path), 'fine', path);
    }
  });
  it('those without filters and without counting from the end need no whole document', () => {
    for (const path of ['$', '$.a[*].b', '$..ssn', '$[0,1][2:4]'])
      assert.notEqual(parsed(path).segments, undefined, path);
    for (const path of ['$[?@.a]', '$[-1]', '$[-2:]', '$[::-1]']) assert.equal(parsed(path).segments, undefined, path);
  });
  it('what is wrong is said with its place', () => {
    assert.equal(fault('outputs.data'), "0: expected '$', found 'o'");
    assert.equal(fault('$.a[?@.b'), '3: unbalanced brackets');
    assert.equal(fault('$.a b'), "4: expected '.', '..' or a bracketed selection, found 'b'");
    assert.equal(fault('$[?nothing(@.a)]'), "3: no such function 'nothing'");
    assert.match(fault(`$${'.a'.repeat(300)}`), /^0: at most 512 characters/);
  });
  it('what would let a document take long is refused', () => {
    assert.match(fault('$..a..b'), /^4: ".." may stand once/);
    assert.match(fault('$[*,*]'), /^1: several selectors in brackets/);
    assert.match(fault('$["a","a"]'), /^1: several selectors/);
    assert.match(fault('$[0,-1]'), /^1: several selectors/);
    assert.match(fault('$[?@..a]'), /^3: a filter looks at single values/);
    assert.match(fault('$[?@.a[?@.b]]'), /^3: a filter looks at single values/);
    assert.match(fault('$[?match(@.a, "(a*)*b")]'), /^3: match\(\) is not for field rules/);
    assert.match(fault('$[?search(@.a, "x")]'), /^3: search\(\)/);
    assert.match(fault('$[?count(@.*) > 1]'), /^3: count\(\)/);
    assert.match(fault('$[?value(@..a) == 1]'), /^3: value\(\)/);
  });
});

describe('the automaton selects what the library selects', () => {
  const name = fc.constantFrom('a', 'b', '__proto__', 'toString', '');
  const document = fc.letrec((tie) => ({
    any: fc.oneof({ maxDepth: 4 }, fc.constantFrom(1, 'x', null), tie('list'), tie('object')),
    list: fc.array(tie('any'), { maxLength: 4 }),
    object: fc.array(fc.tuple(name, tie('any')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  })).any;
  const selector = fc.oneof(
    name.map((text) => JSON.stringify(text)),
    fc.constant('*'),
    fc.nat(3).map(String),
    fc
      .tuple(fc.nat(2), fc.nat(4), fc.integer({ min: 1, max: 3 }))
      .map(([start, stop, step]) => `${start}:${stop}:${step}`),
    fc.constantFrom('1:', ':2', '::2', '"a","b"', '0,2'),
  );
  const path = fc
    .tuple(fc.array(selector, { maxLength: 4 }), fc.option(fc.nat(3)))
    .map(([list, descent]) => `$${list.map((one, at) => `${at === descent ? '..' : ''}[${one}]`).join('')}`);

  const placesOf = (node: FieldNode | undefined, value: unknown, at = '$'): readonly string[] => {
    const own = node?.as === undefined ? [] : [`${at} ${node.as}`];
    if (typeof value !== 'object' || value === null) return own;
    const steps: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
      ? [...value.entries()]
      : Object.entries(value);
    return [...own, ...steps.flatMap(([step, inner]) => placesOf(node?.child(step), inner, `${at}/${step}`))];
  };

  it('for any paths and documents', () => {
    fc.assert(
      fc.property(fc.array(path, { minLength: 1, maxLength: 3 }), document, (paths, value) => {
        const rules = paths.map((text, index) => ({ path: parsed(text), as: `entity_${index}` }));
        const streaming = new StreamingFields(
          rules.map(({ path: { segments }, as }) => ({ segments: segments ?? assert.fail('not streamable'), as })),
        );
        assert.deepEqual(
          placesOf(streaming.root(), value),
          placesOf(selectFields(rules, value), value),
          paths.join(' '),
        );
      }),
      { numRuns: 500 },
    );
  });
  it('a document that asks for a state at every step costs no memory for ever', () => {
    const segments = parsed(`$..a${'[*]'.repeat(12)}`).segments ?? assert.fail();
    const fields = new StreamingFields([{ segments, as: 'x' }]);
    let node: FieldNode | undefined = fields.root();
    let random = 1;
    for (let step = 0; step < 50_000; step++) {
      random = (random * 48271) % 0x7fffffff;
      node = node?.child(random % 2 === 0 ? 'a' : 'b');
      assert.ok(node);
    }
    assert.ok(fields.generation > 0);
  });
});
