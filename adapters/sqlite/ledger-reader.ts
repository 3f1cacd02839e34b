/** Reads the ledgers of a directory: for the verifier, which trusts nothing, and for people who look a session up. */
import type { DatabaseSync } from 'node:sqlite';
import type { LedgerRow } from '@countersign/core/ledger/row.ts';
import type { SealRows } from '@countersign/core/ledger/seal.ts';
import type { PlacedRecord } from '@countersign/core/ledger/session-document.ts';
import { parseStoredRecord } from '@countersign/core/ledger/stored-record.ts';
import { type LedgerFilePlace, listLedgerFiles, listReplicas } from './ledger-directory.ts';
import { hasLedgerSchema, openForReading } from './ledger-schema.ts';

/** Every ledger file below a directory, by replica, oldest first. @throws when the directory cannot be read */
export function allLedgerFiles(directory: string): readonly LedgerFilePlace[] {
  return listReplicas(directory).flatMap(listLedgerFiles);
}

export class LedgerReader {
  readonly #db: DatabaseSync;
  readonly #place: LedgerFilePlace;

  /** @param waitMs for whoever holds the file alone just now; @throws what SQLite throws when the file is no database */
  constructor(place: LedgerFilePlace, waitMs?: number) {
    this.#place = place;
    this.#db = openForReading(place.file, waitMs);
  }

  hasLedgerSchema(): boolean {
    return hasLedgerSchema(this.#db);
  }

  /** Whether indexes and table agree: an index can be bent so that a lookup misses a record that the table has. */
  isSound(): boolean {
    const [first] = this.#db.prepare('PRAGMA integrity_check(1)').all();
    return first?.['integrity_check'] === 'ok';
  }

  /** Everything read until `close` is of one moment, although the ledger may be growing. */
  beginSnapshot(): void {
    this.#db.exec('BEGIN');
  }

  sealRows(): SealRows {
    const certificates = this.#tableRows('certificate', 'SELECT counter, note FROM certificate LIMIT 2');
    const tips = this.#tableRows('tip', 'SELECT size, note FROM tip LIMIT 2');
    return {
      certificates: certificates.map(({ counter, note }) => ({ counter, note })),
      tips: tips.map(({ size, note }) => ({ size, note })),
      published: this.#published(),
    };
  }

  *#published(): Generator<{ readonly number: unknown; readonly size: unknown; readonly note: unknown }> {
    if (!this.#hasTable('checkpoint')) return;
    for (const row of this.#db.prepare('SELECT number, size, note FROM checkpoint ORDER BY size, number').iterate()) {
      const { number, size, note } = row;
      yield { number, size, note };
    }
  }

  /** The published one of the highest number. */
  newestCheckpoint(): unknown {
    return this.#tableRows('checkpoint', 'SELECT note FROM checkpoint ORDER BY number DESC LIMIT 1')[0]?.['note'];
  }

  /** A table that somebody took away is one without rows: that signatures are missing says more than that they cannot be read. */
  #tableRows(table: string, sql: string): readonly Readonly<Record<string, unknown>>[] {
    return this.#hasTable(table) ? this.#db.prepare(sql).all() : [];
  }

  #hasTable(name: string): boolean {
    return this.#db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined;
  }

  *rows(): Generator<LedgerRow> {
    const columns = 'seq, type, session, time, topic, "partition", pseq, leaf, value';
    for (const row of this.#db.prepare(`SELECT ${columns} FROM record ORDER BY seq`).iterate()) {
      const { seq, type, session, time, topic, partition, pseq, leaf, value } = row;
      yield { seq, type, session, time, topic, partition, pseq, leaf, value };
    }
  }

  /** By the index of topics: a type that is rare in a large ledger is found without reading it. */
  *valuesOfType(topic: string, type: string): Generator<Uint8Array> {
    const rows = this.#db.prepare('SELECT value FROM record WHERE topic = ? AND type = ?').iterate(topic, type);
    for (const { value } of rows) if (value instanceof Uint8Array) yield value;
  }

  /** Newest first; ids are ULIDs, so their order is that of their beginning. */
  sessionIds(limit: number): readonly string[] {
    const statement = 'SELECT DISTINCT session FROM record WHERE session IS NOT NULL ORDER BY session DESC LIMIT ?';
    return this.#db
      .prepare(statement)
      .all(limit)
      .flatMap(({ session }) => (typeof session === 'string' ? [session] : []));
  }

  ofSession(session: string): readonly PlacedRecord[] {
    return this.#select('session = ?', session);
  }

  ofTopic(topic: string): readonly PlacedRecord[] {
    return this.#select('topic = ?', topic);
  }

  close(): void {
    this.#db.close();
  }

  /** What does not parse is left to the verifier: somebody who looks up a session still wants to see the rest. */
  #select(condition: string, argument: string): readonly PlacedRecord[] {
    const rows = this.#db.prepare(`SELECT seq, value FROM record WHERE ${condition} ORDER BY seq`).all(argument);
    return rows.flatMap(({ seq, value }) => {
      const parsed = value instanceof Uint8Array ? parseStoredRecord(value) : undefined;
      if (parsed?.ok !== true || typeof seq !== 'number') return [];
      return [{ ledger: this.#place.id, seq, record: parsed.value }];
    });
  }
}
