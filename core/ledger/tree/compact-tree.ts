/**
 * The Merkle tree of a ledger (RFC 6962 §2.1) as a writer or a verifier that only walks forward needs it: the roots of the perfect
 * subtrees that make up what was appended so far, one for each bit of the size. O(log n) in memory, about one hash for each leaf.
 */
import type { Hash } from '../../ports.ts';

/** An inner node is hashed with a prefix of its own, so that it can never pass for a leaf. */
const nodePrefix = new Uint8Array([0x01]);

/** SHA-256(0x01 ‖ left ‖ right). */
export function nodeOf(hash: Hash, left: Uint8Array, right: Uint8Array): Uint8Array {
  return hash.sha256(nodePrefix, left, right);
}

/** Never changes: appending gives another one, so that a commit that fails leaves the tree of before. */
export interface CompactTree {
  readonly size: number;
  /** Of perfect subtrees, the largest (leftmost) first. */
  readonly roots: readonly Uint8Array[];
}

export const emptyTree: CompactTree = { size: 0, roots: [] };

/**
 * @param leaves hashes of leaves, see leafOf()
 * @param onRight told of each node that the first root is joined with: together they are the way from the first leaf up (RFC 6962 §2.1.1)
 */
export function appendLeaves(
  hash: Hash,
  tree: CompactTree,
  leaves: Iterable<Uint8Array>,
  onRight?: (node: Uint8Array) => void,
): CompactTree {
  const roots = [...tree.roots];
  let { size } = tree;
  for (const leaf of leaves) {
    let node = leaf;
    // Arithmetic, not bits: a size may be larger than 32 of them hold.
    for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = roots.pop();
      if (left === undefined) throw new RangeError('a tree with fewer roots than its size has bits');
      if (roots.length === 0) onRight?.(node);
      node = nodeOf(hash, left, node);
    }
    roots.push(node);
    size++;
  }
  return { size, roots };
}

/** MTH of RFC 6962 §2.1; of an empty tree the hash of nothing. */
export function rootOf(hash: Hash, { roots }: CompactTree): Uint8Array {
  const last = roots.at(-1);
  if (last === undefined) return hash.sha256();
  return roots.slice(0, -1).reduceRight((right, left) => nodeOf(hash, left, right), last);
}
