import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { reasons } from './reasons.ts';

const page = readFileSync(new URL('../../../docs/reconcile.md', import.meta.url), 'utf8');

/** Reasons named in the first column of the table under a heading. */
function documented(heading: string): readonly string[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| ((?:`\w+` )+)\|/gm)].flatMap(([, names = '']) => names.match(/\w+/g) ?? []);
}

const known = (explains: boolean): readonly string[] =>
  Object.entries(reasons).flatMap(([name, reason]) => (reason.explains === explains ? [name] : []));

test('every reason of a difference is in the page on reconciling, in the table of its kind', () => {
  assert.deepEqual(documented('Differences').toSorted(), known(false).toSorted());
  assert.deepEqual(documented('Explained').toSorted(), known(true).toSorted());
});
