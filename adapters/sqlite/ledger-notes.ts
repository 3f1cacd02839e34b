/** The signed notes of a ledger file: the certificate of its run, the checkpoint of its last commit, and those that were published. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CompactTree } from '@countersign/core/ledger/tree/compact-tree.ts';

export interface SignedSize {
  readonly size: number;
  /** A signed note. */
  readonly note: string;
}

export type SignCheckpoint = (tree: CompactTree) => SignedSize;

export class LedgerNotes {
  readonly #tip: StatementSync;
  readonly #published: StatementSync;

  /** Of a ledger whose `begin` was called, on this or another connection. */
  constructor(db: DatabaseSync) {
    this.#tip = db.prepare('UPDATE tip SET size = ?, note = ?');
    this.#published = db.prepare('INSERT INTO checkpoint (number, size, note) VALUES (?, ?, ?)');
  }

  static begin(db: DatabaseSync, counter: number, certificate: string): void {
    db.prepare('INSERT INTO certificate (counter, note) VALUES (?, ?)').run(counter, certificate);
    db.exec("INSERT INTO tip (size, note) VALUES (0, '')");
  }

  /**
   * In the transaction of the records it covers. The one before is not kept: a ledger cut off at an old commit would have a
   * checkpoint that fits.
   */
  putTip({ size, note }: SignedSize): void {
    this.#tip.run(size, note);
  }

  /** @param number counts what was published, from 0 */
  putPublished(number: number, { size, note }: SignedSize): void {
    this.#published.run(number, size, note);
  }
}
