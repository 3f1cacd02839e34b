import { hash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { toBase64Url } from '@countersign/core/base64.ts';
import { chainHead, firstPrev } from '@countersign/core/ledger/chain.ts';
import type { RecordType } from '@countersign/core/ledger/record.ts';
import { partitionOf, type Topic, topicOf } from '@countersign/core/ledger/topics.ts';
import { appendLeaves, type CompactTree, emptyTree } from '@countersign/core/ledger/tree/compact-tree.ts';
import type { Batch } from './ledger-batch.ts';
import { LedgerNotes, type SignCheckpoint, type SignedSize } from './ledger-notes.ts';
import { oneShotHash } from './one-shot-hash.ts';
import { transact } from './transaction.ts';

/** Where the ledger stands. Replaced as a whole by a commit, so that a batch that failed never moved it. */
interface Tip {
  readonly seq: number;
  readonly prev: string;
  readonly lanes: ReadonlyMap<Topic, number>;
  readonly tree: CompactTree;
  /** How many checkpoints were published, and how many records the last of them covers. */
  readonly published: { readonly count: number; readonly size: number };
}

interface Lane {
  readonly topic: Topic;
  readonly partition: number;
}

export interface Appended {
  readonly firstSeq: number;
  readonly published: SignedSize | undefined;
}

/** A checkpoint is published with the first commit and with the last, and when this many records have come since. */
const publishEveryRecords = 1000;

/** One ledger, being written. Synchronous: it lives in a thread of its own. */
export class LedgerFile {
  readonly #db: DatabaseSync;
  readonly #id: string;
  readonly #partitions: number;
  readonly #sign: SignCheckpoint;
  readonly #notes: LedgerNotes;
  readonly #lanes = new Map<RecordType, Lane>();
  readonly #insert: StatementSync;
  #tip: Tip;

  private constructor(db: DatabaseSync, id: string, partitions: number, sign: SignCheckpoint, tip: Tip) {
    this.#db = db;
    this.#id = id;
    this.#partitions = partitions;
    this.#sign = sign;
    this.#notes = new LedgerNotes(db);
    this.#tip = tip;
    this.#insert = db.prepare(
      'INSERT INTO record (seq, type, session, time, topic, "partition", pseq, leaf, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
  }

  static begin(db: DatabaseSync, id: string, partitions: number, sign: SignCheckpoint): LedgerFile {
    const published = { count: 0, size: 0 };
    const tip: Tip = { seq: 0, prev: firstPrev, lanes: new Map(), tree: emptyTree, published };
    return new LedgerFile(db, id, partitions, sign, tip);
  }

  /** The same ledger over another connection. */
  continueOn(db: DatabaseSync): LedgerFile {
    return new LedgerFile(db, this.#id, this.#partitions, this.#sign, this.#tip);
  }

  /**
   * One transaction, durable when this returns: the records, and the signed checkpoint of the tree that they end.
   *
   * @throws what SQLite throws; then nothing was written and the ledger stands where it stood
   */
  append(batch: Batch): Appended {
    const { seq: firstSeq } = this.#tip;
    const { tip, published } = transact(this.#db, () => {
      const inserted = this.#insertAll(batch);
      const signed = this.#sign(inserted.tree);
      this.#notes.putTip(signed);
      return isPublicationDue(inserted, batch)
        ? { tip: this.#published(inserted, signed), published: signed }
        : { tip: inserted, published: undefined };
    });
    this.#tip = tip;
    return { firstSeq, published };
  }

  /** Publishes the checkpoint of the last commit, unless it is published. @returns it, if it was not */
  publish(): SignedSize | undefined {
    const { tree, published } = this.#tip;
    if (published.size === tree.size) return undefined;
    const signed = this.#sign(tree);
    this.#tip = transact(this.#db, () => this.#published(this.#tip, signed));
    return signed;
  }

  /** Writes that many bytes and takes them away again. An append that fits says nothing about room for the next batch. */
  makeRoom(bytes: number): void {
    transact(this.#db, () => this.#db.prepare('INSERT INTO room (bytes) VALUES (zeroblob(?))').run(bytes));
    this.#db.exec('DELETE FROM room');
  }

  #published(tip: Tip, signed: SignedSize): Tip {
    const { count } = tip.published;
    this.#notes.putPublished(count, signed);
    return { ...tip, published: { count: count + 1, size: signed.size } };
  }

  #insertAll(batch: Batch): Tip {
    const lanes = new Map(this.#tip.lanes);
    const leaves: Uint8Array[] = [];
    let { seq, prev } = this.#tip;
    let offset = 0;
    for (const [index, length] of batch.lengths.entries()) {
      const type = batch.types[index];
      const time = batch.times[index];
      if (type === undefined || time === undefined) throw new RangeError('a batch has arrays of different lengths');
      const { topic, partition } = this.#laneOf(type);
      const pseq = lanes.get(topic) ?? 0;
      const preimage = leafPreimage(chainHead({ ledger: this.#id, prev, pseq, seq }), batch.buffer, offset, length);
      const leaf = hash('sha256', preimage, 'buffer');
      const session = batch.sessions[index] ?? null;
      this.#insert.run(seq, type, session, time, topic, partition, pseq, leaf, preimage.subarray(1));
      leaves.push(leaf);
      prev = toBase64Url(leaf);
      lanes.set(topic, pseq + 1);
      offset += length;
      seq++;
    }
    return { ...this.#tip, seq, prev, lanes, tree: appendLeaves(oneShotHash, this.#tip.tree, leaves) };
  }

  #laneOf(type: RecordType): Lane {
    const known = this.#lanes.get(type);
    if (known) return known;
    const topic = topicOf(type);
    const lane = { topic, partition: partitionOf(this.#id, topic, this.#partitions) };
    this.#lanes.set(type, lane);
    return lane;
  }
}

function isPublicationDue({ seq, published }: Tip, { types }: Batch): boolean {
  return published.count === 0 || seq - published.size >= publishEveryRecords || types.includes('ledger.closed');
}

/** 0x00 ‖ value, see leafOf() in core/ledger/chain.ts: hashed in one call, then stored without its first byte. */
function leafPreimage(head: string, buffer: ArrayBuffer, offset: number, length: number): Buffer {
  const preimage = Buffer.allocUnsafe(1 + head.length + length);
  preimage[0] = 0x00;
  preimage.write(head, 1, 'latin1');
  preimage.set(new Uint8Array(buffer, offset, length), 1 + head.length);
  return preimage;
}
