/** Published checkpoints of a ledger by their size. There are many, and no index of sizes: but they grow with the numbers, which have no gap. */
import type { DatabaseSync } from 'node:sqlite';

export interface StoredCheckpoint {
  readonly size: number;
  readonly note: unknown;
}

/** The smallest of at least that size. */
export function checkpointFrom(db: DatabaseSync, size: number): StoredCheckpoint | undefined {
  const found = numberFrom(db, size);
  return checkpointAt(db, found);
}

/** Of the last commit. */
export function tipOf(db: DatabaseSync): StoredCheckpoint | undefined {
  return toStored(db.prepare('SELECT size, note FROM tip').get());
}

function numberFrom(db: DatabaseSync, size: number): number {
  const count = db.prepare('SELECT MAX(number) + 1 AS count FROM checkpoint').get()?.['count'];
  let [low, high] = [0, typeof count === 'number' ? count : 0];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((checkpointAt(db, middle)?.size ?? 0) >= size) high = middle;
    else low = middle + 1;
  }
  return low;
}

const checkpointAt = (db: DatabaseSync, number: number): StoredCheckpoint | undefined =>
  toStored(db.prepare('SELECT size, note FROM checkpoint WHERE number = ?').get(number));

function toStored(row: Readonly<Record<string, unknown>> | undefined): StoredCheckpoint | undefined {
  const { size, note } = row ?? {};
  return typeof size === 'number' ? { size, note } : undefined;
}
