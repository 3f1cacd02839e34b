/**
 * Removes the oldest records of one ledger's file, a few in each transaction: with them goes a new state that stands for all that are
 * gone, so whenever the process ends, the file verifies. ADR 0035.
 */
import type { DatabaseSync } from 'node:sqlite';
import { toBase64 } from '@countersign/core/base64.ts';
import { leafOf } from '@countersign/core/ledger/chain.ts';
import { parseCertificate } from '@countersign/core/ledger/notes/certificate.ts';
import { parseCheckpoint } from '@countersign/core/ledger/notes/checkpoint.ts';
import { isSignedBy, type NoteKey, parseNote } from '@countersign/core/ledger/notes/note.ts';
import { sessionEnds, sessionStarts } from '@countersign/core/ledger/open-sessions.ts';
import {
  nothingPruned,
  type Pruned,
  type PrunedRecord,
  parsePruned,
  prunedFurther,
  prunedText,
} from '@countersign/core/ledger/pruned.ts';
import { topics } from '@countersign/core/ledger/topics.ts';
import { appendLeaves, rootOf } from '@countersign/core/ledger/tree/compact-tree.ts';
import { ed25519 } from '../keys/ed25519.ts';
import { prunedApplicationId, prunedSchema, readPruned } from './ledger-schema.ts';
import { oneShotHash } from './one-shot-hash.ts';
import { checkpointFrom, tipOf } from './published-checkpoints.ts';
import { transact } from './transaction.ts';

/** The ledger is not as its writer left it: what is wrong with it stays, for a verifier to find. */
export class UnprunableError extends Error {}

export interface PrunedSlice {
  readonly records: number;
  readonly bytes: number;
}

interface Taken {
  readonly records: readonly PrunedRecord[];
  readonly bytes: number;
}
const nothing: Taken = { records: [], bytes: 0 };

/** Few enough that a commit of calls does not wait long for them. */
const sliceRecords = 256;
const sliceBytes = 1024 * 1024;

const among = (types: readonly string[]): string => types.map((type) => `'${type}'`).join(', ');

export class LedgerPruner {
  readonly #db: DatabaseSync;
  readonly #ledger: string;
  readonly #key: NoteKey;
  #pruned: Pruned;
  #isFirst: boolean;
  /** Up to here the leaves are those of a signed checkpoint. */
  #soundTo = 0;

  /** @throws UnprunableError */
  constructor(db: DatabaseSync, ledger: string) {
    this.#db = db;
    this.#ledger = ledger;
    const note = parseNote(db.prepare('SELECT note FROM certificate').get()?.['note']);
    const certificate = note && parseCertificate(oneShotHash, note);
    if (certificate?.ledger !== ledger) throw new UnprunableError('its certificate is not one');
    this.#key = certificate.key;
    const found = readPruned(db);
    this.#isFirst = found === undefined;
    const state = found === undefined ? this.#whole() : parsePruned(found);
    if (state === undefined) throw new UnprunableError('what stands for its pruned records is not readable');
    this.#pruned = state;
  }

  /** Records 1 to this one are gone; 1: none. */
  get size(): number {
    return this.#pruned.tree.size;
  }

  /**
   * The next few records before `to`. @returns undefined: there is none left before it, or a session is open that begins there
   * @param isGrowing calls may be under way that began in it
   * @throws UnprunableError, and what SQLite throws; nothing was removed then
   */
  prune(to: number, isGrowing: boolean): PrunedSlice | undefined {
    const from = this.size;
    const taken = this.#next(to, isGrowing);
    if (taken.records.length === 0) return undefined;
    const next = prunedFurther(oneShotHash, this.#pruned, taken.records);
    transact(this.#db, () => this.#remove(from, next));
    this.#pruned = next;
    this.#isFirst = false;
    return { records: taken.records.length, bytes: taken.bytes };
  }

  /** Whether `prune` would remove anything: what says so is a record, which must not come again and again. @throws as `prune` does */
  canPrune(to: number, isGrowing: boolean): boolean {
    return this.#next(to, isGrowing).records.length > 0;
  }

  #next(to: number, isGrowing: boolean): Taken {
    const from = this.size;
    if (from >= to) return nothing;
    this.#assertSound(from, to);
    const most = Math.min(to, this.#soundTo, from + sliceRecords);
    return this.#take(from, isGrowing ? this.#firstOpen(from, most) : most);
  }

  #remove(from: number, next: Pruned): void {
    if (this.#isFirst) {
      this.#db.exec(prunedSchema);
      this.#db.exec(`PRAGMA application_id = ${prunedApplicationId}`);
      this.#db.exec("INSERT INTO pruned (state) VALUES ('')");
    }
    this.#db.prepare('UPDATE pruned SET state = ?').run(prunedText(next));
    const { changes } = this.#db.prepare('DELETE FROM record WHERE seq >= ? AND seq < ?').run(from, next.tree.size);
    if (changes !== next.tree.size - from) throw new UnprunableError('its records changed meanwhile');
  }

  #whole(): Pruned | undefined {
    const { leaf, value } = this.#db.prepare('SELECT leaf, value FROM record WHERE seq = 0').get() ?? {};
    if (!(leaf instanceof Uint8Array && value instanceof Uint8Array)) return undefined;
    return isLeafOf(leaf, value) ? nothingPruned(oneShotHash, leaf) : undefined;
  }

  /** The first record of a session that has no end yet, or `end`. */
  #firstOpen(from: number, end: number): number {
    const query = `SELECT MIN(seq) AS seq FROM record AS first WHERE seq >= ? AND seq < ? AND type IN (${among(sessionStarts)})
      AND NOT EXISTS (SELECT 1 FROM record AS later WHERE later.session = first.session AND later.type IN (${among(sessionEnds)}))`;
    const seq = this.#db.prepare(query).get(from, end)?.['seq'];
    return typeof seq === 'number' ? seq : end;
  }

  /** What was altered stays: a record goes only when it is what was hashed, and stands where it should. */
  #take(from: number, end: number): Taken {
    const query = 'SELECT seq, topic, pseq, leaf, value FROM record WHERE seq >= ? AND seq < ? ORDER BY seq';
    const records: PrunedRecord[] = [];
    const lanes = new Map(this.#pruned.lanes);
    let bytes = 0;
    for (const { seq, topic, pseq, leaf, value } of this.#db.prepare(query).iterate(from, end)) {
      const lane = topics.find((name) => name === topic);
      const isInPlace = seq === from + records.length && lane !== undefined && pseq === (lanes.get(lane) ?? 0);
      if (!isInPlace || !(leaf instanceof Uint8Array && value instanceof Uint8Array) || !isLeafOf(leaf, value))
        throw new UnprunableError(`record ${from + records.length} is not as it was written`);
      records.push({ leaf, topic: lane });
      lanes.set(lane, (lanes.get(lane) ?? 0) + 1);
      bytes += value.length;
      if (bytes >= sliceBytes) break;
    }
    return { records, bytes };
  }

  /** Before the first record goes, the next checkpoint has to vouch for it. */
  #assertSound(from: number, to: number): void {
    if (from < this.#soundTo) return;
    const { size, root } = this.#checkpointAfter(from, to);
    const leaves: Uint8Array[] = [];
    const query = 'SELECT leaf FROM record WHERE seq >= ? AND seq < ? ORDER BY seq';
    for (const { leaf } of this.#db.prepare(query).iterate(from, size))
      if (leaf instanceof Uint8Array) leaves.push(leaf);
    const tree = appendLeaves(oneShotHash, this.#pruned.tree, leaves);
    if (tree.size !== size || toBase64(rootOf(oneShotHash, tree), true) !== root)
      throw new UnprunableError(`its records up to ${size} are not those that were signed`);
    this.#soundTo = size;
  }

  /** Published, or the last of a ledger that has ended. */
  #checkpointAfter(from: number, to: number): { readonly size: number; readonly root: string } {
    const published = checkpointFrom(this.#db, from + 1);
    const stored = published !== undefined && published.size <= to ? published : tipOf(this.#db);
    const note = parseNote(stored?.note);
    const checkpoint = note && parseCheckpoint(note);
    const isSigned = note !== undefined && isSignedBy({ hash: oneShotHash, signatures: ed25519 }, note, this.#key);
    if (checkpoint?.ledger !== this.#ledger || !isSigned || checkpoint.size > to || checkpoint.size <= from)
      throw new UnprunableError(`no checkpoint behind ${from} is signed by its run`);
    return checkpoint;
  }
}

const isLeafOf = (leaf: Uint8Array, value: Uint8Array): boolean =>
  Buffer.compare(leaf, leafOf(oneShotHash, value)) === 0;
