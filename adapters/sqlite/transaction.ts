import type { DatabaseSync } from 'node:sqlite';

/** Durable when it returns. @throws what SQLite throws; then nothing was written */
export function transact<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK'); // SQLite has done so itself when the disk is full
    throw error;
  }
}
