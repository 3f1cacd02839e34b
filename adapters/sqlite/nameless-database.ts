/** A database without a name: its file is gone when it is closed, or the process ends. For what is put in order once. */
import { DatabaseSync } from 'node:sqlite';

/** In one transaction that nobody commits. */
export function openNameless(schema: readonly string[], cacheKib: number): DatabaseSync {
  const db = new DatabaseSync('');
  db.exec(
    `PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE; PRAGMA cache_size = -${cacheKib}`,
  );
  for (const statement of schema) db.exec(statement);
  db.exec('BEGIN');
  return db;
}
