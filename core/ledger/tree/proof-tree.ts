/** A tree that keeps its nodes, for whoever makes proofs: 64 bytes for each leaf, and a proof costs O(log n) hashes. */
import type { Hash } from '../../ports.ts';
import { type CompactTree, emptyTree, nodeOf } from './compact-tree.ts';

const hashBytes = 32;

export class ProofTree {
  readonly #hash: Hash;
  /** Complete nodes by height, those of one height back to back. */
  readonly #levels: Level[] = [];
  /** Leaves that it was begun behind: there are no proofs of them. */
  readonly from: number;
  #size: number;

  /** @param behind leaves that are gone, of which the roots are left */
  constructor(hash: Hash, behind: CompactTree = emptyTree) {
    this.#hash = hash;
    this.from = behind.size;
    this.#size = behind.size;
    const roots = behind.roots.values();
    const heights = behind.size.toString(2);
    // Largest first, as the digits are.
    for (let digit = 0; digit < heights.length; digit++) {
      if (heights[digit] !== '1') continue;
      const height = heights.length - 1 - digit;
      this.#levelAt(height).push(roots.next().value ?? missingRoot());
    }
  }

  get size(): number {
    return this.#size;
  }

  append(leaf: Uint8Array): void {
    let node = leaf;
    let index = this.#size++;
    for (let height = 0; ; height++) {
      const level = this.#levelAt(height);
      level.push(node);
      if (index % 2 === 0) return;
      node = nodeOf(this.#hash, level.at(index - 1), node);
      index = (index - 1) / 2;
    }
  }

  root(size = this.#size): Uint8Array {
    this.#assertSize(size);
    return size === 0 ? this.#hash.sha256() : this.#range(0, size);
  }

  /** PATH of RFC 6962 §2.1.1: that `index` is in the first `size` leaves. @throws RangeError when it is not, or was gone */
  inclusion(index: number, size = this.#size): readonly Uint8Array[] {
    this.#assertSize(size);
    if (!(index >= this.from && index < size)) throw new RangeError(`no leaf ${index} among ${size}`);
    const path: Uint8Array[] = [];
    let start = 0;
    let end = size;
    while (end - start > 1) {
      const middle = start + splitOf(end - start);
      if (index < middle) {
        path.push(this.#range(middle, end));
        end = middle;
      } else {
        path.push(this.#range(start, middle));
        start = middle;
      }
    }
    return path.reverse();
  }

  /** PROOF of RFC 6962 §2.1.2: that the first `earlier` leaves are the beginning of the first `size`. */
  consistency(earlier: number, size = this.#size): readonly Uint8Array[] {
    this.#assertSize(size);
    if (!(earlier >= 0 && earlier <= size)) throw new RangeError(`${earlier} is not before ${size}`);
    if (earlier === 0 || earlier === size) return [];
    const path: Uint8Array[] = [];
    let start = 0;
    let end = size;
    // Until the earlier tree ends with this subtree: if that is more than the whole of it, its own root is known already.
    while (earlier !== end) {
      const middle = start + splitOf(end - start);
      if (earlier <= middle) {
        path.push(this.#range(middle, end));
        end = middle;
      } else {
        path.push(this.#range(start, middle));
        start = middle;
      }
    }
    if (start > 0) path.push(this.#range(start, end));
    return path.reverse();
  }

  /** Root of the leaves from `start` to before `end`; `start` is a multiple of the power of two that covers them. */
  #range(start: number, end: number): Uint8Array {
    const width = end - start;
    const height = Math.log2(width);
    if (Number.isInteger(height)) return this.#levelAt(height).at(start / width);
    const middle = start + splitOf(width);
    return nodeOf(this.#hash, this.#range(start, middle), this.#range(middle, end));
  }

  #levelAt(height: number): Level {
    // The one node of this height that is left of what is gone, or none.
    this.#levels[height] ??= new Level(2 * Math.floor(this.from / 2 ** (height + 1)));
    return this.#levels[height];
  }

  #assertSize(size: number): void {
    if (!(Number.isSafeInteger(size) && size >= 0 && size <= this.#size)) throw new RangeError(`no tree of ${size}`);
  }
}

/** Hashes in one growing piece of memory: a million objects of 32 bytes would cost several times as much. */
class Level {
  #bytes = new Uint8Array(hashBytes * 16);
  /** Of the first node that is kept. */
  readonly #first: number;
  #count = 0;

  constructor(first: number) {
    this.#first = first;
  }

  push(node: Uint8Array): void {
    const from = this.#count++ * hashBytes;
    if (from === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(node, from);
  }

  at(index: number): Uint8Array {
    const place = index - this.#first;
    if (!(place >= 0 && place < this.#count)) throw new RangeError(`no node ${index}`);
    return this.#bytes.slice(place * hashBytes, (place + 1) * hashBytes);
  }
}

function missingRoot(): never {
  throw new RangeError('a tree has a root for each bit of its size');
}

/** The largest power of two below `width`, which is at least 2. */
function splitOf(width: number): number {
  let split = 1;
  while (split * 2 < width) split *= 2;
  return split;
}
