/**
 * What the ledgers of a directory say of each other. Replicas witness each other in both directions, so all of it has to be known
 * before the first ledger is walked: it lies in a temporary database, which SQLite keeps on disk when it is large.
 */
import { DatabaseSync } from 'node:sqlite';
import { fromBase64Url, toBase64 } from '@countersign/core/base64.ts';
import type { Head } from '@countersign/core/ledger/heads.ts';
import { parseStoredRecord } from '@countersign/core/ledger/stored-record.ts';
import { parseWitnessed } from '@countersign/core/ledger/witness.ts';
import type { LedgerSource, OpenedLedger } from './ledger-sources.ts';

const temporaryFile = '';

export class WitnessedHeads {
  readonly #db = new DatabaseSync(temporaryFile);

  constructor(ledgers: readonly LedgerSource[]) {
    this.#db.exec(
      'CREATE TABLE head (ledger TEXT, size INTEGER, root TEXT, PRIMARY KEY (ledger, size, root)) WITHOUT ROWID',
    );
    const insert = this.#db.prepare('INSERT OR IGNORE INTO head VALUES (?, ?, ?)');
    this.#db.exec('BEGIN');
    for (const source of ledgers) {
      for (const { ledger, size, root } of witnessedIn(source)) insert.run(ledger, size, root);
    }
    this.#db.exec('COMMIT');
  }

  /** By size. */
  *of(ledger: string): Generator<Head> {
    const rows = this.#db.prepare('SELECT size, root FROM head WHERE ledger = ? ORDER BY size').iterate(ledger);
    for (const { size, root } of rows) {
      const bytes = typeof root === 'string' ? fromBase64Url(root) : undefined;
      if (bytes && typeof size === 'number') yield { size, root: toBase64(bytes, true), by: 'witness' };
    }
  }

  ledgers(): readonly string[] {
    return this.#db
      .prepare('SELECT DISTINCT ledger FROM head')
      .all()
      .flatMap(({ ledger }) => (typeof ledger === 'string' ? [ledger] : []));
  }

  close(): void {
    this.#db.close();
  }
}

/** A ledger that cannot be read says nothing here; the walk tells that it cannot. */
function* witnessedIn(source: LedgerSource) {
  let opened: OpenedLedger | undefined;
  try {
    opened = source.open();
    for (const value of opened.witnesses()) {
      const record = parseStoredRecord(value);
      if (record.ok) yield* parseWitnessed(record.value);
    }
  } catch {
    return;
  } finally {
    opened?.close();
  }
}
