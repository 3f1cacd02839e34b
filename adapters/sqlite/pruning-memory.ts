/**
 * When a replica saw that Kafka has what: `pruning.sqlite`. Time is counted while a process of the replica runs, by a clock that nobody can
 * set, so no jump of the host's clock makes anything old. Says nothing about a ledger; without it the time begins anew.
 */
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createPrivateFile } from './ledger-schema.ts';

const schema = `CREATE TABLE IF NOT EXISTS ran (ms INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS seen (ledger TEXT NOT NULL, size INTEGER NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (ledger, size)) STRICT;
  INSERT INTO ran SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM ran)`;

/** Of the time that records are kept. */
const grains = 256;

export class PruningMemory {
  readonly #db: DatabaseSync;
  readonly #keepMs: number;
  #lookedMs: number;
  #ranMs: number;

  /** @param monotonicMs of a clock that never goes back, as at every look */
  constructor(directory: string, keepMs: number, monotonicMs: number) {
    const file = path.join(directory, 'pruning.sqlite');
    if (!fs.existsSync(file)) createPrivateFile(file);
    this.#db = new DatabaseSync(file);
    this.#db.exec('PRAGMA journal_mode = WAL');
    this.#db.exec('PRAGMA synchronous = NORMAL'); // what a power cut takes away is seen again later
    this.#db.exec(schema);
    this.#keepMs = keepMs;
    this.#lookedMs = monotonicMs;
    const ran = this.#db.prepare('SELECT ms FROM ran').get()?.['ms'];
    this.#ranMs = typeof ran === 'number' ? ran : 0;
  }

  pass(monotonicMs: number): void {
    this.#ranMs += Math.max(0, Math.floor(monotonicMs - this.#lookedMs));
    this.#lookedMs = monotonicMs;
    this.#db.prepare('UPDATE ran SET ms = ?').run(this.#ranMs);
  }

  /** Kafka has the first `size` records of the ledger, and what vouches for them. */
  see(ledger: string, size: number): void {
    const last = this.#db.prepare('SELECT MAX(size) AS size, MAX(at_ms) AS at FROM seen WHERE ledger = ?').get(ledger);
    const [known, at] = [last?.['size'], last?.['at']];
    if (typeof known === 'number' && known >= size) return;
    if (typeof at === 'number' && this.#ranMs - at < this.#keepMs / grains) return; // soon enough at a later look
    this.#db.prepare('INSERT INTO seen (ledger, size, at_ms) VALUES (?, ?, ?)').run(ledger, size, this.#ranMs);
  }

  /** How many records of the ledger were seen in Kafka long enough ago. */
  old(ledger: string): number {
    const query = 'SELECT MAX(size) AS size FROM seen WHERE ledger = ? AND at_ms <= ?';
    const size = this.#db.prepare(query).get(ledger, this.#ranMs - this.#keepMs)?.['size'];
    return typeof size === 'number' ? size : 0;
  }

  /** What was seen of fewer records than these is of no use any more. */
  forget(ledger: string, below: number): void {
    this.#db.prepare('DELETE FROM seen WHERE ledger = ? AND size < ?').run(ledger, below);
  }

  close(): void {
    this.#db.close();
  }
}
