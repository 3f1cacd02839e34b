import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { valueAt } from './issues.ts';
import { parseYaml } from './yaml-source.ts';

/** The text of the file at the place of `bdy` in the value of `when`. */
function pointedAt(written: string): string {
  const text = `version: 1\nrule:\n  when: ${written}\n  then: allow\n`;
  const source = parseYaml({ name: 'a.yaml', text });
  if (!source.ok) assert.fail(JSON.stringify(source.error));
  const value = valueAt(source.value.raw, ['rule', 'when']);
  assert.ok(typeof value === 'string' && value.includes('bdy'));
  const { line, column } = source.value.atCharacter(['rule', 'when'], value.indexOf('bdy'), '');
  return (text.split('\n')[line - 1] ?? '').slice(column - 1);
}

describe('a fault in an expression points at its character', () => {
  const cases: readonly (readonly [style: string, written: string])[] = [
    ['plain', 'body.n > 1 && bdy.n > 1'],
    ['at the start', 'bdy.n > 1'],
    ['at the end', 'body.n > bdy'],
    ['single-quoted', `'identity.subject == ''a'' && bdy.n > 1'`],
    ['double-quoted', `"identity.subject == \\"a\\" && bdy.n > 1"`],
    ['double-quoted with long escapes', `"identity.subject == '\\u00e9\\x41\\t' && bdy.n > 1"`],
    ['behind characters of two UTF-16 units', `identity.subject == "💩" && bdy.n > 1`],
    ['literal block, first line', '|\n    bdy.n > 1'],
    ['literal block, later and deeper line', '|\n\n    body.n > 1 &&\n      bdy.n > 1'],
    ['literal block with indicators and a comment', '|2- # why\n    bdy.n > 1'],
  ];
  for (const [style, written] of cases) it(style, () => assert.match(pointedAt(written), /^bdy/));

  it('whatever stands before it in quotes', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '"', "'", '\\', 'é', '\t') });
    fc.assert(
      fc.property(text, (before) => {
        assert.match(pointedAt(JSON.stringify(`${before}bdy`)), /^bdy/);
        const single = before.replaceAll("'", "''").replaceAll('\t', ' ');
        assert.match(pointedAt(`'${single}bdy'`), /^bdy/);
      }),
      { numRuns: 200 },
    );
  });

  it('and at the line of the scalar where YAML has folded the lines', () => {
    assert.match(pointedAt('>\n    body.n > 1 &&\n    bdy.n > 1'), /^>$/);
    assert.match(pointedAt('body.n > 1 &&\n    bdy.n > 1'), /^body\.n > 1 &&$/);
    assert.match(pointedAt('"body.n > 1 &&\n    bdy.n > 1"'), /^"body\.n > 1 &&$/);
  });
});
