/**
 * Compares the tree of a ledger, as its records are walked, with every size and root that somebody vouched for. Only the first that
 * differs is told, as all after it differ too; where a record is missing or altered the tree is not known from there on.
 */
import { toBase64 } from '../base64.ts';
import type { Hash } from '../ports.ts';
import type { FindingReason } from './findings.ts';
import { appendLeaves, type CompactTree, emptyTree, rootOf } from './tree/compact-tree.ts';

export interface Head {
  readonly size: number;
  /** Base64, as in a checkpoint. */
  readonly root: string;
  /**
   * Who vouches: the ledger's own signed checkpoints, the copy of one where its administrators do not reach, another replica, or the
   * record that says it was pruned.
   */
  readonly by: 'checkpoint' | 'anchor' | 'witness' | 'pruning';
}

const differs = {
  checkpoint: 'root_differs',
  anchor: 'anchor_differs',
  witness: 'witness_differs',
  pruning: 'pruned_differs',
} as const;
const coversMore = {
  checkpoint: 'tail_cut',
  anchor: 'anchored_more',
  witness: 'witnessed_more',
  pruning: 'pruned_differs',
} as const;
/** Leaves are appended together: each append makes a new tree. */
const maxPending = 256;

export class HeadsVerifier {
  readonly #hash: Hash;
  readonly #heads: Iterator<Head>;
  readonly #report: (reason: FindingReason, seq: number, detail?: string) => void;
  #next: Head | undefined;
  #tree: CompactTree = emptyTree;
  #pending: Uint8Array[] = [];
  #isLost = false;

  /** @param heads smallest first */
  constructor(
    hash: Hash,
    heads: Iterable<Head>,
    report: (reason: FindingReason, seq: number, detail?: string) => void,
  ) {
    this.#hash = hash;
    this.#heads = heads[Symbol.iterator]();
    this.#report = report;
    this.#step();
  }

  leaf(leaf: Uint8Array): void {
    if (this.#isLost) return;
    if (this.#size === 0) this.#compare();
    this.#pending.push(leaf);
    this.#compare();
    if (this.#pending.length === maxPending) this.#grow();
  }

  /**
   * Goes on where records were removed, with the tree over them. @returns how many sizes cannot be computed any more. The next one
   * that can vouches for this tree too: each of its roots is a node of every larger tree.
   */
  resume(tree: CompactTree): number {
    let passed = 0;
    for (; this.#next !== undefined && this.#next.size < tree.size; this.#step()) passed++;
    if (this.#isLost) return passed;
    this.#tree = tree;
    this.#pending = [];
    this.#compare();
    return passed;
  }

  /** The records are not whole: no root can be computed any more. */
  lose(): void {
    this.#isLost = true;
    this.#pending = [];
  }

  /** @param records one more than the highest place seen. @returns the root over all of them, unless it was lost */
  end(records: number): Uint8Array | undefined {
    const more = new Map<Head['by'], Head>();
    for (; this.#next !== undefined; this.#step()) {
      if (this.#next.size > records) more.set(this.#next.by, this.#next);
    }
    const root = this.#isLost ? undefined : rootOf(this.#hash, this.#grow());
    for (const { by, size } of more.values()) this.#report(coversMore[by], records, `to ${size - 1}`);
    return root;
  }

  get #size(): number {
    return this.#tree.size + this.#pending.length;
  }

  /** With what vouches for the size that was reached. */
  #compare(): void {
    const size = this.#size;
    if (this.#next?.size !== size) return;
    const root = toBase64(rootOf(this.#hash, this.#grow()), true);
    for (; this.#next?.size === size; this.#step()) {
      if (this.#isLost || this.#next.root === root) continue;
      this.#report(differs[this.#next.by], Math.max(0, size - 1));
      this.lose();
    }
  }

  #grow(): CompactTree {
    this.#tree = appendLeaves(this.#hash, this.#tree, this.#pending);
    this.#pending = [];
    return this.#tree;
  }

  #step(): void {
    const next = this.#heads.next();
    this.#next = next.done === true ? undefined : next.value;
  }
}
