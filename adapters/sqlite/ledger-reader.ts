/** Reads the ledgers of a directory: for the verifier, which trusts nothing, and for people who look a session up. */
import type { DatabaseSync } from 'node:sqlite';
import type { LedgerRow } from '@countersign/core/ledger/row.ts';
import type { SealRows } from '@countersign/core/ledger/seal.ts';
import type { PlacedRecord } from '@countersign/core/ledger/session-document.ts';
import { parseStoredRecord } from '@countersign/core/ledger/stored-record.ts';
import { BlockReader } from './ledger-blocks.ts';
import { type LedgerFilePlace, listLedgerFiles, listReplicas } from './ledger-directory.ts';
import { hasLedgerSchema, openForReading, readPruned } from './ledger-schema.ts';

/** Every ledger file below a directory, by replica, oldest first. @throws when the directory cannot be read */
export function allLedgerFiles(directory: string): readonly LedgerFilePlace[] {
  return listReplicas(directory).flatMap(listLedgerFiles);
}

/** A column whose number JavaScript would refuse to read comes as text: it differs from every record then, and hides nothing else. */
const safe = (column: string): string =>
  `CASE WHEN "${column}" BETWEEN -9007199254740991 AND 9007199254740991 THEN "${column}" ELSE CAST("${column}" AS TEXT) END AS "${column}"`;

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
    const certificates = this.#tableRows('certificate', `SELECT ${safe('counter')}, note FROM certificate LIMIT 2`);
    const tips = this.#tableRows('tip', `SELECT ${safe('size')}, note FROM tip LIMIT 2`);
    return {
      certificates: certificates.map(({ counter, note }) => ({ counter, note })),
      tips: tips.map(({ size, note }) => ({ size, note })),
      published: this.#published(),
    };
  }

  /** In the place of records that were removed (core/ledger/pruned.ts), as it was found; undefined: none were. */
  pruned(): unknown {
    return readPruned(this.#db);
  }

  *#published(): Generator<{ readonly number: unknown; readonly size: unknown; readonly note: unknown }> {
    if (!this.#hasTable('checkpoint')) return;
    const columns = `${safe('number')}, ${safe('size')}, note`;
    const query = `SELECT ${columns} FROM checkpoint ORDER BY checkpoint.size, checkpoint.number`;
    for (const row of this.#db.prepare(query).iterate()) {
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

  /** By `seq`; all of them, or those from the first to the last place. */
  *rows(first = -Infinity, last = Infinity): Generator<LedgerRow> {
    const columns = `${safe('seq')}, type, session, time, topic, ${safe('partition')}, ${safe('pseq')}, leaf, value`;
    const query = `SELECT ${columns} FROM record WHERE record.seq BETWEEN ? AND ? ORDER BY record.seq`;
    for (const row of this.#db.prepare(query).iterate(first, last)) {
      const { seq, type, session, time, topic, partition, pseq, leaf, value } = row;
      yield { seq, type, session, time, topic, partition, pseq, leaf, value };
    }
  }

  /** Whole places from 0 to here, as far as the numbers say; undefined when the first is not 0. */
  lastSeq(): number | undefined {
    // Each by itself: of both at once SQLite would read the whole table.
    const columns = `(SELECT MIN(seq) FROM record) AS first, MIN((SELECT MAX(seq) FROM record), ${Number.MAX_SAFE_INTEGER}) AS last`;
    const { first, last } = this.#db.prepare(`SELECT ${columns}`).get() ?? {};
    return first === 0 && typeof last === 'number' ? last : undefined;
  }

  /** Of the newest record, by its column. */
  lastType(): unknown {
    return this.#db.prepare('SELECT type FROM record ORDER BY seq DESC LIMIT 1').get()?.['type'];
  }

  blocks(): BlockReader {
    return new BlockReader(this.#db);
  }

  /** By the index of topics: types that are rare in a large ledger are found without reading it. */
  *valuesOfType(topic: string, types: readonly string[]): Generator<Uint8Array> {
    const among = types.map(() => '?').join(', ');
    const query = `SELECT value FROM record WHERE topic = ? AND type IN (${among})`;
    const rows = this.#db.prepare(query).iterate(topic, ...types);
    for (const { value } of rows) if (value instanceof Uint8Array) yield value;
  }

  /** In their order; the large values of other types are not read. */
  *valuesOfTypes(types: readonly string[]): Generator<Uint8Array> {
    const among = types.map(() => '?').join(', ');
    const rows = this.#db.prepare(`SELECT value FROM record WHERE type IN (${among}) ORDER BY seq`).iterate(...types);
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
