import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toBase64Url } from '../base64.ts';
import { runs } from '../masking/seeded-runs.testing.ts';
import { testHash as hash } from './hash.testing.ts';
import { holdsFirst, nothingPruned, parsePruned, prunedFurther, prunedText } from './pruned.ts';
import { topics } from './topics.ts';
import { appendLeaves, emptyTree, rootOf } from './tree/compact-tree.ts';
import { verifyInclusion } from './tree/proofs.ts';

const leafOf = (n: number): Uint8Array => hash.sha256(new TextEncoder().encode(String(n)));
const recordOf = (n: number) => ({ leaf: leafOf(n), topic: topics[n % topics.length] ?? 'admin' });

test('however it is pruned, what is left is the tree of all that is gone, and holds record 0', (t) => {
  const steps = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(steps, (counts) => {
      let pruned = nothingPruned(hash, leafOf(0));
      for (const count of counts) {
        const from = pruned.tree.size;
        pruned = prunedFurther(
          hash,
          pruned,
          Array.from({ length: count }, (_, n) => recordOf(from + n)),
        );
        const { size } = pruned.tree;
        const leaves = Array.from({ length: size }, (_, n) => leafOf(n));
        assert.deepEqual(pruned.tree, appendLeaves(hash, emptyTree, leaves));
        assert.equal(pruned.prev, toBase64Url(leafOf(size - 1)));
        assert.ok(holdsFirst(hash, pruned, toBase64Url(leafOf(0))));
        assert.ok(!holdsFirst(hash, pruned, toBase64Url(leafOf(1))));
        assert.deepEqual(parsePruned(prunedText(pruned)), pruned);
      }
    }),
    runs(t, 200),
  );
});

test('the way from record 0 is its proof of inclusion (RFC 6962) where the tree is one perfect tree', () => {
  const pruned = prunedFurther(
    hash,
    nothingPruned(hash, leafOf(0)),
    Array.from({ length: 63 }, (_, n) => recordOf(n + 1)),
  );
  const claim = { leaf: leafOf(0), index: 0, size: 64, root: rootOf(hash, pruned.tree) };
  assert.ok(verifyInclusion(hash, claim, pruned.path));
});

test('what no writer would have written is not read', () => {
  const pruned = prunedFurther(hash, nothingPruned(hash, leafOf(0)), [1, 2, 3, 4].map(recordOf));
  const text = prunedText(pruned);
  assert.ok(parsePruned(text) !== undefined);
  const state = JSON.parse(text);
  const short = toBase64Url(new Uint8Array(31));
  for (const other of [
    { ...state, more: 1 },
    { ...state, size: 6 },
    { ...state, size: 1 },
    { ...state, size: '5' },
    { ...state, prev: toBase64Url(leafOf(9)) },
    { ...state, prev: short },
    { ...state, path: [] },
    { ...state, path: [short, short] },
    { ...state, tree: [...state.tree, state.prev] },
    { ...state, pseq: { ...state.pseq, admin: 0 } },
    { ...state, pseq: { ...state.pseq, other: 1 } },
    { ...state, pseq: [5] },
    [],
    null,
    7,
  ]) {
    assert.equal(parsePruned(JSON.stringify(other)), undefined, JSON.stringify(other));
  }
  for (const other of [undefined, null, 5, '', '{', ` ${text}`, `${text}\n`, text.padEnd(20_000)]) {
    assert.equal(parsePruned(other), undefined, String(other));
  }
});
