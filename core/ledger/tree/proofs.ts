/**
 * Checks proofs of RFC 6962 §2.1.1 and §2.1.2, by the algorithms of RFC 9162 §2.1.3.2 and §2.1.4.2. A proof comes from whoever is
 * to be checked: any length, any bytes.
 */
import type { Hash } from '../../ports.ts';
import { nodeOf } from './compact-tree.ts';

export interface InclusionClaim {
  readonly leaf: Uint8Array;
  /** Place of the leaf, from 0. */
  readonly index: number;
  readonly size: number;
  readonly root: Uint8Array;
}

/** Whether the leaf stands at its place in the tree with that size and root. */
export function verifyInclusion(hash: Hash, claim: InclusionClaim, proof: readonly Uint8Array[]): boolean {
  const { leaf, index, size, root } = claim;
  if (![leaf, ...proof].every(isHash)) return false;
  if (!isSize(size) || !isSize(index) || index >= size) return false;
  let place = index;
  let last = size - 1;
  let node = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      node = nodeOf(hash, sibling, node);
      while (place % 2 === 0 && place !== 0) {
        place /= 2;
        last = half(last);
      }
    } else {
      node = nodeOf(hash, node, sibling);
    }
    place = half(place);
    last = half(last);
  }
  return last === 0 && isSame(node, root);
}

export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Whether the later tree begins with all of the earlier one, unchanged and in its order. */
export function verifyConsistency(
  hash: Hash,
  earlier: TreeHead,
  later: TreeHead,
  proof: readonly Uint8Array[],
): boolean {
  if (!proof.every(isHash)) return false;
  if (!isSize(earlier.size) || !isSize(later.size) || earlier.size > later.size) return false;
  if (earlier.size === later.size) return proof.length === 0 && isSame(earlier.root, later.root);
  if (earlier.size === 0) return proof.length === 0 && isSame(earlier.root, hash.sha256());
  let place = earlier.size - 1;
  let last = later.size - 1;
  while (place % 2 === 1) {
    place = half(place);
    last = half(last);
  }
  // An earlier tree that is one perfect subtree is itself the first node of the proof.
  const path = place === 0 ? [earlier.root, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined) return false;
  let before = first;
  let after = first;
  for (const node of rest) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      before = nodeOf(hash, node, before);
      after = nodeOf(hash, node, after);
      while (place % 2 === 0 && place !== 0) {
        place /= 2;
        last = half(last);
      }
    } else {
      after = nodeOf(hash, after, node);
    }
    place = half(place);
    last = half(last);
  }
  return last === 0 && isSame(before, earlier.root) && isSame(after, later.root);
}

/** Nodes are hashed side by side: with other lengths the same bytes could be cut elsewhere. */
const isHash = (bytes: Uint8Array): boolean => bytes.length === 32;
const half = (value: number): number => Math.floor(value / 2);
const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
