/** Reads the ledgers of a directory: for the verifier, which trusts nothing, and for people who look a session up. */
import type { DatabaseSync } from 'node:sqlite';
import type { LedgerRow } from '@countersign/core/ledger/row.ts';
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

  /** @throws what SQLite throws when the file is no database */
  constructor(place: LedgerFilePlace) {
    this.#place = place;
    this.#db = openForReading(place.file);
  }

  hasLedgerSchema(): boolean {
    return hasLedgerSchema(this.#db);
  }

  /** Whether indexes and table agree: an index can be bent so that a lookup misses a record that the table has. */
  isSound(): boolean {
    const [first] = this.#db.prepare('PRAGMA integrity_check(1)').all();
    return first?.['integrity_check'] === 'ok';
  }

  /** One snapshot, although the ledger may be growing. */
  *rows(): Generator<LedgerRow> {
    const columns = 'seq, type, session, time, topic, "partition", pseq, leaf, value';
    for (const row of this.#db.prepare(`SELECT ${columns} FROM record ORDER BY seq`).iterate()) {
      const { seq, type, session, time, topic, partition, pseq, leaf, value } = row;
      yield { seq, type, session, time, topic, partition, pseq, leaf, value };
    }
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
