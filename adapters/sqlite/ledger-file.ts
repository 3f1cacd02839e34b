import { hash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { toBase64Url } from '@countersign/core/base64.ts';
import { chainHead, firstPrev } from '@countersign/core/ledger/chain.ts';
import type { RecordType } from '@countersign/core/ledger/record.ts';
import { partitionOf, type Topic, topicOf } from '@countersign/core/ledger/topics.ts';
import type { Batch } from './ledger-batch.ts';

/** Where the chain stands. Replaced as a whole by a commit, so that a batch that failed never moved it. */
interface Tip {
  readonly seq: number;
  readonly prev: string;
  readonly lanes: ReadonlyMap<Topic, number>;
}

interface Lane {
  readonly topic: Topic;
  readonly partition: number;
}

/** One ledger, being written. Synchronous: it lives in a thread of its own. */
export class LedgerFile {
  readonly #db: DatabaseSync;
  readonly #id: string;
  readonly #partitions: number;
  readonly #lanes = new Map<RecordType, Lane>();
  readonly #insert: StatementSync;
  #tip: Tip;

  private constructor(db: DatabaseSync, id: string, partitions: number, tip: Tip) {
    this.#db = db;
    this.#id = id;
    this.#partitions = partitions;
    this.#tip = tip;
    this.#insert = db.prepare(
      'INSERT INTO record (seq, type, session, time, topic, "partition", pseq, leaf, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
  }

  static begin(db: DatabaseSync, id: string, partitions: number): LedgerFile {
    return new LedgerFile(db, id, partitions, { seq: 0, prev: firstPrev, lanes: new Map() });
  }

  /** The same ledger over another connection. */
  continueOn(db: DatabaseSync): LedgerFile {
    return new LedgerFile(db, this.#id, this.#partitions, this.#tip);
  }

  /**
   * One transaction, durable when this returns.
   *
   * @returns the place of the first record
   * @throws what SQLite throws; then nothing was written and the chain stands where it stood
   */
  append(batch: Batch): number {
    const { seq } = this.#tip;
    this.#tip = this.transact(() => this.#insertAll(batch));
    return seq;
  }

  transact<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK'); // SQLite has done so itself when the disk is full
      throw error;
    }
  }

  /** Writes that many bytes and takes them away again. An append that fits says nothing about room for the next batch. */
  makeRoom(bytes: number): void {
    this.transact(() => this.#db.prepare('INSERT INTO room (bytes) VALUES (zeroblob(?))').run(bytes));
    this.#db.exec('DELETE FROM room');
  }

  #insertAll(batch: Batch): Tip {
    const lanes = new Map(this.#tip.lanes);
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
      prev = toBase64Url(leaf);
      lanes.set(topic, pseq + 1);
      offset += length;
      seq++;
    }
    return { seq, prev, lanes };
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

/** 0x00 ‖ value, see leafOf() in core/ledger/chain.ts: hashed in one call, then stored without its first byte. */
function leafPreimage(head: string, buffer: ArrayBuffer, offset: number, length: number): Buffer {
  const preimage = Buffer.allocUnsafe(1 + head.length + length);
  preimage[0] = 0x00;
  preimage.write(head, 1, 'latin1');
  preimage.set(new Uint8Array(buffer, offset, length), 1 + head.length);
  return preimage;
}
