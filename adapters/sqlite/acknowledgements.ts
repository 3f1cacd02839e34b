import fs from 'node:fs';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { createPrivateFile, openForWriting } from './ledger-schema.ts';
import { isFull } from './sqlite-error.ts';
import { transact } from './transaction.ts';

/** A batch the broker has: numbers within (topic, partition), and where its first message landed. */
export interface Acknowledged {
  readonly topic: string;
  readonly partition: number;
  readonly firstPseq: number;
  readonly lastPseq: number;
  readonly baseOffset: string;
  /** The largest checkpoint in it; absent where there is none. */
  readonly checkpoint?: AcknowledgedCheckpoint;
}

/** The broker has had this checkpoint since then, and all records that it covers. */
export interface AcknowledgedCheckpoint {
  /** Records that it covers. */
  readonly size: number;
  /** By our own clock, in milliseconds since the epoch. */
  readonly atMs: number;
}

const schema = [
  `CREATE TABLE IF NOT EXISTS acknowledged (topic TEXT NOT NULL, "partition" INTEGER NOT NULL, first_pseq INTEGER NOT NULL,
  last_pseq INTEGER NOT NULL, base_offset TEXT NOT NULL, PRIMARY KEY (topic, "partition", first_pseq)) STRICT`,
  'CREATE TABLE IF NOT EXISTS checkpoint (size INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT',
] as const;

const forgottenAtOnce = 10_000;

/** What of one ledger the broker has, in a file of its own. */
export class Acknowledgements {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #insertCheckpoint: StatementSync;
  readonly #last: StatementSync;
  readonly #checkpoint: StatementSync;
  readonly #nextPseq = new Map<string, number>();
  /** On a full disk they wait: losing them means sending again, and duplicates are dropped by whoever reads. */
  #unsaved: readonly Acknowledged[] = [];

  constructor(file: string) {
    if (!fs.existsSync(file)) createPrivateFile(file);
    this.#db = openForWriting(file);
    for (const statement of schema) this.#db.exec(statement);
    this.#insert = this.#db.prepare('INSERT INTO acknowledged VALUES (?, ?, ?, ?, ?)');
    this.#insertCheckpoint = this.#db.prepare('INSERT OR IGNORE INTO checkpoint VALUES (?, ?)');
    this.#last = this.#db.prepare(
      'SELECT MAX(last_pseq) AS pseq FROM acknowledged WHERE topic = ? AND "partition" = ?',
    );
    this.#checkpoint = this.#db.prepare(
      'SELECT size, at_ms FROM checkpoint WHERE at_ms <= ? ORDER BY size DESC LIMIT 1',
    );
  }

  /** The first number that is not acknowledged. */
  nextPseq(topic: string, partition: number): number {
    const lane = `${topic} ${partition}`;
    const known = this.#nextPseq.get(lane);
    if (known !== undefined) return known;
    const last = this.#last.get(topic, partition)?.['pseq'];
    const next = typeof last === 'number' ? last + 1 : 0;
    this.#nextPseq.set(lane, next);
    return next;
  }

  /**
   * The largest checkpoint that was acknowledged at that time or before: the records below its size have been in Kafka since then, and
   * what proves them whole beside them. Undefined: none was.
   */
  checkpointUntil(timeMs: number): AcknowledgedCheckpoint | undefined {
    const { size, at_ms: atMs } = this.#checkpoint.get(timeMs) ?? {};
    return typeof size === 'number' && typeof atMs === 'number' ? { size, atMs } : undefined;
  }

  /** Durable when it returns, unless the disk is full. */
  add(batch: Acknowledged): void {
    this.#unsaved = [...this.#unsaved, batch];
    this.#nextPseq.set(`${batch.topic} ${batch.partition}`, batch.lastPseq + 1);
    try {
      this.#save();
    } catch (error) {
      if (!isFull(error)) throw error;
    }
  }

  /** Of a topic what was acknowledged below this number; a few at a time, as another thread waits for the file. */
  forget(topic: string, belowPseq: number): void {
    const some = 'SELECT rowid FROM acknowledged WHERE topic = ? AND last_pseq < ? LIMIT ?';
    this.#db.prepare(`DELETE FROM acknowledged WHERE rowid IN (${some})`).run(topic, belowPseq, forgottenAtOnce);
  }

  close(): void {
    this.#db.close();
  }

  #save(): void {
    transact(this.#db, () => {
      for (const { topic, partition, firstPseq, lastPseq, baseOffset, checkpoint } of this.#unsaved) {
        this.#insert.run(topic, partition, firstPseq, lastPseq, baseOffset);
        if (checkpoint) this.#insertCheckpoint.run(checkpoint.size, checkpoint.atMs);
      }
    });
    this.#unsaved = [];
  }
}
