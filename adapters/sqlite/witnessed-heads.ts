/**
 * What the ledgers of a directory say of each other. Replicas witness each other in both directions, so all of it has to be known
 * before the first ledger is walked: it lies in a temporary database, which SQLite keeps on disk when it is large.
 */
import { DatabaseSync } from 'node:sqlite';
import { fromBase64Url, toBase64 } from '@countersign/core/base64.ts';
import type { Head } from '@countersign/core/ledger/heads.ts';
import { mayPrune, parsePruning } from '@countersign/core/ledger/pruning.ts';
import { parseStoredRecord } from '@countersign/core/ledger/stored-record.ts';
import { parseWitnessed, type WitnessedHead } from '@countersign/core/ledger/witness.ts';
import type { LedgerSource, OpenedLedger } from './ledger-sources.ts';

const temporaryFile = '';

export class WitnessedHeads {
  readonly #db = new DatabaseSync(temporaryFile);

  constructor(ledgers: readonly LedgerSource[]) {
    this.#db.exec(
      'CREATE TABLE head (ledger TEXT, size INTEGER, by TEXT, root TEXT, PRIMARY KEY (ledger, size, by, root)) WITHOUT ROWID',
    );
    this.read(ledgers);
  }

  /** What they say by now is added to what was read before. */
  read(ledgers: readonly LedgerSource[]): void {
    const insert = this.#db.prepare('INSERT OR IGNORE INTO head VALUES (?, ?, ?, ?)');
    this.#db.exec('BEGIN');
    for (const source of ledgers) {
      for (const { by, ledger, size, root } of saidIn(source)) insert.run(ledger, size, by, root);
    }
    this.#db.exec('COMMIT');
  }

  /** By size. */
  *of(ledger: string): Generator<Head> {
    const query = 'SELECT size, by, root FROM head WHERE ledger = ? ORDER BY size, by DESC';
    for (const { size, by, root } of this.#db.prepare(query).iterate(ledger)) {
      const bytes = typeof root === 'string' ? fromBase64Url(root) : undefined;
      const said = by === 'pruning' ? 'pruning' : 'witness';
      if (bytes && typeof size === 'number') yield { size, root: toBase64(bytes, true), by: said };
    }
  }

  /** Up to where records of its replica say that it may be pruned; 0: none does. */
  mayBePrunedTo(ledger: string): number {
    const query = "SELECT MAX(size) AS size FROM head WHERE ledger = ? AND by = 'pruning'";
    const size = this.#db.prepare(query).get(ledger)?.['size'];
    return typeof size === 'number' ? size : 0;
  }

  /** Those that other replicas saw. */
  ledgers(): readonly string[] {
    return this.#db
      .prepare("SELECT DISTINCT ledger FROM head WHERE by = 'witness'")
      .all()
      .flatMap(({ ledger }) => (typeof ledger === 'string' ? [ledger] : []));
  }

  close(): void {
    this.#db.close();
  }
}

/** A ledger that cannot be read says nothing here; the walk tells that it cannot. */
function* saidIn(source: LedgerSource): Generator<WitnessedHead & { readonly by: 'witness' | 'pruning' }> {
  let opened: OpenedLedger | undefined;
  try {
    opened = source.open();
    for (const value of opened.witnesses()) {
      const record = parseStoredRecord(value);
      if (!record.ok) continue;
      for (const head of parseWitnessed(record.value)) yield { ...head, by: 'witness' };
      const pruning = parsePruning(record.value);
      if (pruning && mayPrune(source.id, pruning.ledger)) yield { ...pruning, by: 'pruning' };
    }
  } catch {
    return;
  } finally {
    opened?.close();
  }
}
