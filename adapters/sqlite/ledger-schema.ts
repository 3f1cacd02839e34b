import fs from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isBusy, isFull } from './sqlite-error.ts';

/** docs/ledger-format.md has these to the letter: a verifier compares them. */
export const ledgerSchema = [
  'CREATE TABLE record (seq INTEGER PRIMARY KEY, type TEXT NOT NULL, session TEXT, time TEXT NOT NULL, topic TEXT NOT NULL, "partition" INTEGER NOT NULL, pseq INTEGER NOT NULL, leaf BLOB NOT NULL, value BLOB NOT NULL) STRICT',
  'CREATE UNIQUE INDEX record_lane ON record (topic, "partition", pseq)',
  'CREATE INDEX record_session ON record (session, type) WHERE session IS NOT NULL',
  'CREATE TABLE certificate (counter INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT',
  'CREATE TABLE tip (size INTEGER NOT NULL, note TEXT NOT NULL) STRICT',
  'CREATE TABLE checkpoint (number INTEGER PRIMARY KEY, size INTEGER NOT NULL, note TEXT NOT NULL) STRICT',
  'CREATE TABLE room (bytes BLOB NOT NULL) STRICT',
] as const;

/** Made when a ledger is pruned for the first time, with one row that stands for what is gone: an older verifier says that it does not know such a file. */
export const prunedSchema = 'CREATE TABLE pruned (state TEXT NOT NULL) STRICT';

/** "CSL2": `file` and other tools then know what they look at. "CSL1" had no certificate and no checkpoints. */
const applicationId = 0x43534c32;
/** "CSL3". */
export const prunedApplicationId = 0x43534c33;
const oldApplicationId = 0x43534c31;

/** A sealed part does not fit into SQLite's 4 KiB, and each page is written twice: with larger ones a commit costs a fifth less. */
const pageBytes = 16_384;

/** How long a statement waits for somebody who looks into the file with tools of their own. */
const busyTimeoutMs = 5000;

/**
 * Makes an empty ledger file; it must not exist. With a rollback journal, so that the file is whole by itself after each commit
 * and can be renamed.
 */
export function createLedgerFile(file: string): DatabaseSync {
  createPrivateFile(file);
  const db = new DatabaseSync(file, { timeout: busyTimeoutMs });
  db.exec(`PRAGMA page_size = ${pageBytes}`);
  db.exec('PRAGMA synchronous = FULL');
  db.exec(`PRAGMA application_id = ${applicationId}`);
  for (const statement of ledgerSchema) db.exec(statement);
  return db;
}

/** SQLite gives what it puts beside a file (-wal, -shm, -journal) the mode of that file. */
export function createPrivateFile(file: string): void {
  fs.closeSync(fs.openSync(file, 'wx', 0o600));
}

/** WAL lets the spool and the auditors read while we write; FULL syncs it before a commit returns. */
export function openForWriting(file: string, waitMs = busyTimeoutMs): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: waitMs });
  db.exec('PRAGMA journal_mode = WAL');
  db.exec('PRAGMA synchronous = FULL');
  db.exec('PRAGMA trusted_schema = OFF');
  return db;
}

/**
 * Puts the log back into the file, so that it can be copied and read anywhere. Nothing is lost when that cannot be done now: the
 * next run of the replica does it.
 */
export function foldLog(db: DatabaseSync): void {
  try {
    db.exec('PRAGMA busy_timeout = 0'); // the sink may go on reading for as long as it likes
    db.exec('PRAGMA journal_mode = DELETE');
  } catch (error) {
    if (!isBusy(error) && !isFull(error)) throw error;
  }
}

/** Nothing in a file that we did not write just now is trusted: no functions or triggers from its schema, no malformed cells. */
export function openForReading(file: string, waitMs = busyTimeoutMs): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: true, timeout: waitMs });
  db.exec('PRAGMA trusted_schema = OFF');
  db.exec('PRAGMA cell_size_check = ON');
  return db;
}

/** Whether a version wrote it whose ledgers had no signed checkpoints. */
export function isOldLedger(db: DatabaseSync): boolean {
  return readApplicationId(db) === oldApplicationId;
}

const readApplicationId = (db: DatabaseSync): unknown => db.prepare('PRAGMA application_id').get()?.['application_id'];

/** Whether the file has the tables and indexes that a writer makes, and nothing else. */
export function hasLedgerSchema(db: DatabaseSync): boolean {
  const rows = db.prepare('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL').all();
  const found = new Set(rows.map((row) => row['sql']));
  const id = readApplicationId(db);
  const expected = id === prunedApplicationId ? [...ledgerSchema, prunedSchema] : ledgerSchema;
  return (
    (id === applicationId || id === prunedApplicationId) &&
    rows.length === expected.length &&
    expected.every((statement) => found.has(statement))
  );
}

/** What stands for pruned records, as it was found; undefined: none were. More or fewer rows than one say nothing. */
export function readPruned(db: DatabaseSync): unknown {
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'pruned'").get() === undefined)
    return undefined;
  const [row, ...more] = db.prepare('SELECT state FROM pruned LIMIT 2').all();
  return more.length === 0 ? (row?.['state'] ?? null) : null;
}
