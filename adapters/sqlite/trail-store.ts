/**
 * What was read of a trail in Kafka, put in order by ledger: in a database without a name, in a temporary file that SQLite makes for
 * this user alone and removes with the process, however that ends. Memory does not grow with the trail.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RecordType } from '@countersign/core/ledger/record.ts';
import type { Topic } from '@countersign/core/ledger/topics.ts';
import { openNameless } from './nameless-database.ts';

/** Where a message lies within its topic. */
export interface MessagePlace {
  readonly partition: number;
  readonly offset: number;
}

export interface TrailRecord extends MessagePlace {
  readonly ledger: string;
  readonly topic: Topic;
  readonly seq: number;
  readonly type: RecordType;
  readonly leaf: Uint8Array;
  readonly value: Uint8Array;
}

export interface TrailCheckpoint {
  readonly ledger: string;
  readonly offset: number;
  /** When the broker took it, by its own clock. */
  readonly atMs: number;
  readonly size: number;
  readonly note: string;
}

const schema = [
  'CREATE TABLE ledger (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)',
  'CREATE TABLE record (ledger INTEGER, topic TEXT, "partition" INTEGER, at INTEGER, seq INTEGER, type TEXT, leaf BLOB, value BLOB)',
  // The same bytes a second time are a duplicate; others in the same place are a fork, and stay.
  'CREATE UNIQUE INDEX record_once ON record (ledger, seq, topic, "partition", leaf)',
  'CREATE INDEX record_lane ON record (ledger, topic, "partition", at)',
  'CREATE TABLE certificate (ledger INTEGER, note TEXT, UNIQUE (ledger, note))',
  'CREATE TABLE checkpoint (ledger INTEGER, size INTEGER, note TEXT, at INTEGER, at_ms INTEGER, UNIQUE (ledger, size, note))',
] as const;

const cacheKib = 16 * 1024;

export class TrailStore {
  readonly db: DatabaseSync;
  readonly #ids = new Map<string, number>();
  readonly #ledger: StatementSync;
  readonly #record: StatementSync;
  readonly #certificate: StatementSync;
  readonly #checkpoint: StatementSync;
  /** What came again, byte for byte. */
  #duplicates = 0;

  constructor() {
    const db = openNameless(schema, cacheKib);
    this.db = db;
    this.#ledger = db.prepare('INSERT INTO ledger (name) VALUES (?)');
    this.#record = db.prepare('INSERT OR IGNORE INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    this.#certificate = db.prepare('INSERT OR IGNORE INTO certificate VALUES (?, ?)');
    this.#checkpoint = db.prepare('INSERT OR IGNORE INTO checkpoint VALUES (?, ?, ?, ?, ?)');
  }

  get duplicates(): number {
    return this.#duplicates;
  }

  addRecord({ ledger, topic, partition, offset, seq, type, leaf, value }: TrailRecord): void {
    this.#count(this.#record.run(this.#idOf(ledger), topic, partition, offset, seq, type, leaf, value));
  }

  addCertificate(ledger: string, note: string): void {
    this.#count(this.#certificate.run(this.#idOf(ledger), note));
  }

  addCheckpoint({ ledger, size, note, offset, atMs }: TrailCheckpoint): void {
    this.#count(this.#checkpoint.run(this.#idOf(ledger), size, note, offset, atMs));
  }

  close(): void {
    this.db.close();
  }

  #count({ changes }: { readonly changes: number | bigint }): void {
    if (changes === 0) this.#duplicates++;
  }

  #idOf(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id = Number(this.#ledger.run(name).lastInsertRowid);
    this.#ids.set(name, id);
    return id;
  }
}
