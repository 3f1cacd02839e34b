import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBase64 } from '../base64.ts';
import { testHash as hash } from './hash.testing.ts';
import type { Head } from './heads.ts';
import { buildRows, session } from './test/build-rows.ts';
import { appendLeaves, emptyTree, rootOf } from './tree/compact-tree.ts';
import { clean, drafts, firstId, found, ledger, rewritten } from './verify.testing.ts';

/** What somebody vouched for of the clean ledger, or of another one. */
function head(size: number, by: Head['by'] = 'checkpoint', rows = clean): Head {
  const leaves = rows.slice(0, size).map(({ leaf }) => leaf);
  return { size, root: toBase64(rootOf(hash, appendLeaves(hash, emptyTree, leaves)), true), by };
}
const heads = [head(1), head(4), head(4, 'anchor'), head(7)];

test('heads that fit are no findings', () => {
  assert.deepEqual(found(clean, heads), []);
});

test('a ledger written anew, with everything that follows from it, differs from the first head after the change', () => {
  const anew = buildRows(hash, ledger, drafts.with(2, session('payload.part', firstId, { part: 0, sealed: 'BBBB' })));
  assert.deepEqual(found(anew), []);
  assert.deepEqual(found(anew, heads), ['root_differs@3']);
  assert.deepEqual(found(anew, [head(4, 'anchor')]), ['anchor_differs@3']);
});

test('a head of nothing is compared like any other, and hides none after it', () => {
  const empty = { ...head(1), size: 0, root: toBase64(hash.sha256(), true) };
  assert.deepEqual(found(clean, [empty, ...heads]), []);
  assert.deepEqual(found(clean, [{ ...head(1), size: 0 }, ...heads]), ['root_differs@0']);
  const anew = buildRows(hash, ledger, drafts.with(2, session('payload.part', firstId, { part: 0, sealed: 'BBBB' })));
  assert.deepEqual(found(anew, [empty, ...heads]), ['root_differs@3']);
});

test('a head that covers more than there is tells of a tail that was cut, and the anchor by itself', () => {
  assert.deepEqual(found(clean.slice(0, 5), heads), ['tail_cut@5']);
  assert.deepEqual(found(clean.slice(0, 3), [head(1), head(4, 'anchor')]), ['anchored_more@3']);
});

test('where records are missing or altered, that is told, and not that roots differ because of it', () => {
  assert.deepEqual(
    found(
      clean.filter(({ seq }) => seq !== 2),
      heads,
    ),
    ['records_missing@2'],
  );
  assert.deepEqual(found(rewritten(2, 'AAAA', 'BBBB', false), heads), ['leaf_differs@2']);
  assert.deepEqual(found(rewritten(2, 'AAAA', 'BBBB', true), [head(7)]), ['prev_differs@3']);
});
