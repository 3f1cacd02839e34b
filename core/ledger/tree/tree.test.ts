import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { runs } from '../../masking/seeded-runs.testing.ts';
import { leafOf } from '../chain.ts';
import { testHash as hash } from '../hash.testing.ts';
import { appendLeaves, emptyTree, nodeOf, rootOf } from './compact-tree.ts';
import { ProofTree } from './proof-tree.ts';
import { verifyConsistency, verifyInclusion } from './proofs.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => Buffer.from(text, 'hex');

/** The test data of the implementations of Certificate Transparency: eight inputs, and the root after each. */
const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const leaves = inputs.map((input) => leafOf(hash, bytes(input)));

/** MTH, PATH and PROOF of RFC 6962 §2.1 to the letter, without any thought of cost. */
function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
function mth(d: readonly Uint8Array[]): Uint8Array {
  const [first] = d;
  if (first === undefined) return hash.sha256();
  if (d.length === 1) return first;
  const k = split(d.length);
  return nodeOf(hash, mth(d.slice(0, k)), mth(d.slice(k)));
}
function pathTo(m: number, d: readonly Uint8Array[]): readonly Uint8Array[] {
  if (d.length === 1) return [];
  const k = split(d.length);
  return m < k ? [...pathTo(m, d.slice(0, k)), mth(d.slice(k))] : [...pathTo(m - k, d.slice(k)), mth(d.slice(0, k))];
}
function subproof(m: number, d: readonly Uint8Array[], isWhole: boolean): readonly Uint8Array[] {
  if (m === d.length) return isWhole ? [] : [mth(d)];
  const k = split(d.length);
  return m <= k
    ? [...subproof(m, d.slice(0, k), isWhole), mth(d.slice(k))]
    : [...subproof(m - k, d.slice(k), false), mth(d.slice(0, k))];
}

function proofTree(d: readonly Uint8Array[]): ProofTree {
  const tree = new ProofTree(hash);
  for (const leaf of d) tree.append(leaf);
  return tree;
}

test('a tree that begins behind leaves that are gone has the root of all, and the proofs of those that came since', () => {
  const all = Array.from({ length: 40 }, (_, index) => leafOf(hash, new TextEncoder().encode(String(index))));
  const whole = proofTree(all);
  for (let from = 0; from <= all.length; from++) {
    const rest = new ProofTree(hash, appendLeaves(hash, emptyTree, all.slice(0, from)));
    for (const leaf of all.slice(from)) rest.append(leaf);
    assert.equal(hex(rest.root()), hex(whole.root()));
    for (let size = Math.max(from, 1); size <= all.length; size++) {
      for (let index = from; index < size; index++)
        assert.deepEqual(rest.inclusion(index, size).map(hex), whole.inclusion(index, size).map(hex));
    }
    if (from > 0) assert.throws(() => rest.inclusion(from - 1), RangeError);
  }
});

test('the roots are those of the test data of Certificate Transparency', () => {
  for (const [size, root] of roots.entries()) {
    assert.equal(hex(rootOf(hash, appendLeaves(hash, emptyTree, leaves.slice(0, size)))), root);
    assert.equal(hex(proofTree(leaves).root(size)), root);
  }
});

for (const [index, size, path] of [
  [0, 1, []],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
] as const) {
  test(`the proof that leaf ${index} is among ${size} is that of the test data`, () => {
    assert.deepEqual(proofTree(leaves).inclusion(index, size).map(hex), path);
  });
}

for (const [earlier, size, path] of [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
] as const) {
  test(`the proof that ${earlier} leaves are the beginning of ${size} is that of the test data`, () => {
    assert.deepEqual(proofTree(leaves).consistency(earlier, size).map(hex), path);
  });
}

const anyLeaves = fc
  .integer({ min: 1, max: 130 })
  .map((size) => Array.from({ length: size }, (_, index) => leafOf(hash, bytes(index.toString(16).padStart(4, '0')))));

test('however the leaves are handed in, root and proofs are those of the definition', (t) => {
  fc.assert(
    fc.property(anyLeaves, fc.nat(), fc.nat(), (d, cut, place) => {
      const size = d.length;
      const begun = appendLeaves(hash, emptyTree, d.slice(0, cut % size));
      const whole = appendLeaves(hash, begun, d.slice(cut % size));
      assert.equal(begun.size, cut % size, 'the tree that was appended to is as it was');
      assert.equal(hex(rootOf(hash, whole)), hex(mth(d)));
      const tree = proofTree(d);
      assert.equal(hex(tree.root()), hex(mth(d)));
      assert.deepEqual(tree.inclusion(place % size).map(hex), pathTo(place % size, d).map(hex));
      const earlier = 1 + (cut % size);
      assert.deepEqual(tree.consistency(earlier).map(hex), subproof(earlier, d, true).map(hex));
    }),
    runs(t, 200),
  );
});

test('a proof holds for what it proves, and for no other leaf, place, size, root or length', (t) => {
  fc.assert(
    fc.property(anyLeaves, fc.nat(), (d, place) => {
      const tree = proofTree(d);
      const index = place % d.length;
      const leaf = d[index] ?? hash.sha256();
      const claim = { leaf, index, size: d.length, root: tree.root() };
      const proof = tree.inclusion(index);
      const other = hash.sha256(leaf);
      assert.ok(verifyInclusion(hash, claim, proof));
      assert.ok(!verifyInclusion(hash, { ...claim, leaf: other }, proof));
      assert.ok(!verifyInclusion(hash, { ...claim, root: other }, proof));
      assert.ok(!verifyInclusion(hash, claim, [...proof, other]));
      if (proof.length > 0) assert.ok(!verifyInclusion(hash, claim, proof.slice(1)));
      for (const wrong of [-1, index + 1, d.length, 0.5, Number.NaN]) {
        assert.ok(!verifyInclusion(hash, { ...claim, index: wrong }, proof) || wrong === index);
      }
    }),
    runs(t, 200),
  );
});

test('consistency holds between two heads of one tree, and fails when anything of either is another', (t) => {
  fc.assert(
    fc.property(anyLeaves, fc.nat(), fc.nat(), (d, cut, flip) => {
      const tree = proofTree(d);
      const size = cut % (d.length + 1);
      const earlier = { size, root: tree.root(size) };
      const later = { size: d.length, root: tree.root() };
      const proof = tree.consistency(size);
      const other = hash.sha256(later.root);
      assert.ok(verifyConsistency(hash, earlier, later, proof));
      assert.ok(!verifyConsistency(hash, { ...earlier, root: other }, later, proof));
      if (size > 0) assert.ok(!verifyConsistency(hash, earlier, { ...later, root: other }, proof));
      assert.ok(!verifyConsistency(hash, earlier, later, [...proof, other]));
      if (proof.length === 0) return;
      const bent = proof.map((node, index) => (index === flip % proof.length ? other : node));
      assert.ok(!verifyConsistency(hash, earlier, later, bent));
      assert.ok(!verifyConsistency(hash, earlier, later, proof.slice(1)));
    }),
    runs(t, 200),
  );
});

test('a history that was rewritten has no proof from the old head to the new one', (t) => {
  fc.assert(
    fc.property(anyLeaves, fc.nat(), (d, place) => {
      fc.pre(d.length > 1);
      const size = d.length - 1;
      const rewritten = proofTree(d.map((leaf, index) => (index === place % size ? hash.sha256(leaf) : leaf)));
      const earlier = { size, root: proofTree(d).root(size) };
      const later = { size: d.length, root: rewritten.root() };
      assert.ok(!verifyConsistency(hash, earlier, later, rewritten.consistency(size)));
    }),
    runs(t, 100),
  );
});

test('a leaf and a hash beside it that are the right bytes, cut in another place, prove nothing', () => {
  const [left, right] = [hash.sha256(Uint8Array.of(1)), hash.sha256(Uint8Array.of(2))];
  const root = nodeOf(hash, left, right);
  const bytes = Uint8Array.of(...left, ...right);
  const claim = { leaf: left, index: 0, size: 2, root };
  assert.ok(verifyInclusion(hash, claim, [right]));
  assert.ok(!verifyInclusion(hash, { ...claim, leaf: bytes.slice(0, 31) }, [bytes.slice(31)]));
});
