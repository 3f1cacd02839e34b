/**
 * One process writes as a replica at a time. The lock is SQLite's own on an empty file: the system drops it when its holder dies,
 * however that happens, so there is no stale lock to clean up.
 */
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ReplicaPlace } from './ledger-directory.ts';
import { LedgerOpenError } from './ledger-open-error.ts';
import { createPrivateFile } from './ledger-schema.ts';
import { isBusy } from './sqlite-error.ts';

const lockName = 'writer.lock';
/** Longer than the glance of somebody who only asks whether it is held. */
const takeTimeoutMs = 500;

/** @throws LedgerOpenError ERR_LEDGER_LOCKED */
export function lockReplica({ directory, service, replica }: ReplicaPlace): { release(): void } {
  const lock = lockFile(path.join(directory, lockName), takeTimeoutMs);
  if (lock !== undefined) return lock;
  const message = `another process writes as ${service}/${replica} in ${directory}; give each process a replica name of its own`;
  throw new LedgerOpenError('ERR_LEDGER_LOCKED', message);
}

/** undefined: another process has it. */
export function lockFile(file: string, timeoutMs: number): { release(): void } | undefined {
  createLockFile(file);
  const db = new DatabaseSync(file, { timeout: timeoutMs });
  try {
    db.exec('PRAGMA journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return { release: () => db.close() };
}

/** Never opens one that exists: closing any descriptor of a file drops all locks this process holds on it (fcntl(2)). */
function createLockFile(file: string): void {
  try {
    createPrivateFile(file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** Whether a process writes as this replica now. @throws when that cannot be told */
export function isReplicaLocked({ directory }: ReplicaPlace): boolean {
  const file = path.join(directory, lockName);
  if (fs.statSync(file, { throwIfNoEntry: false }) === undefined) return false;
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    db.prepare('SELECT 1 FROM sqlite_schema').get();
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  } finally {
    db.close();
  }
}
