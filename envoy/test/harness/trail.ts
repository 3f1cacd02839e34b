/** The ledgers of a gateway, read by a connection of the test's own. */
import { cpSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Audit, auditLedgers } from '@countersign/adapters/sqlite/ledger-audit.ts';
import type { StoredRecord } from '@countersign/core/ledger/record.ts';
import { endFacts } from '@countersign/core/ledger/session-facts.ts';
import { parseStoredRecord } from '@countersign/core/ledger/stored-record.ts';
import { recordFaults } from '../../../schemas/record-faults.ts';

export const terminalTypes = ['session.closed', 'session.denied', 'session.aborted'] as const;

/** All records under `directory`, ledger by ledger, in order. */
export function readTrail(directory: string): StoredRecord[] {
  return ledgerFiles(directory).flatMap((file) => {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      return db.prepare('SELECT value FROM record ORDER BY seq').all().map(recordOf);
    } finally {
      db.close();
    }
  });
}

/** Verifies the ledgers, and holds each record against its schema; throws on one that does not fit. */
export function auditTrail(directory: string): Audit {
  for (const file of ledgerFiles(directory)) {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      for (const row of db.prepare('SELECT value FROM record ORDER BY seq').iterate()) recordOf(row);
    } finally {
      db.close();
    }
  }
  return auditLedgers(directory, () => undefined);
}

/** Types of the records of every session, in order; for trails that are too long to be read whole. */
export function sessionTypes(directory: string): Map<string, string[]> {
  const types = new Map<string, string[]>();
  for (const file of ledgerFiles(directory)) {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      const rows = db.prepare("SELECT session, type FROM record WHERE type LIKE 'session.%' ORDER BY seq").iterate();
      for (const { session, type } of rows) {
        const known = types.get(String(session));
        if (known === undefined) types.set(String(session), [String(type)]);
        else known.push(String(type));
      }
    } finally {
      db.close();
    }
  }
  return types;
}

const ledgerFiles = (directory: string): string[] =>
  globSync(join(directory, '*', '*', '*.db'))
    .filter((file) => !file.endsWith('.acks.db'))
    .toSorted();

/** `readTrail` for a folder that only exists in another process's mount namespace, which SQLite's own path lookup would leave. */
export function readTrailOf(pid: number | undefined, directory: string): StoredRecord[] {
  const copy = mkdtempSync(join(tmpdir(), 'countersign-trail-'));
  try {
    cpSync(`/proc/${pid}/root${directory}`, copy, { recursive: true, filter: (source) => !source.endsWith('-shm') });
    return readTrail(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function recordOf(row: Record<string, unknown>): StoredRecord {
  const value = row['value'];
  if (!(value instanceof Uint8Array)) throw new Error('a record without bytes');
  const parsed = parseStoredRecord(value);
  if (!parsed.ok) throw new Error(parsed.error);
  const [fault] = recordFaults(parsed.value);
  if (fault !== undefined) throw new Error(fault);
  return parsed.value;
}

export function ofSession(trail: readonly StoredRecord[], session: string): StoredRecord[] {
  return trail.filter((record) => record.session === session);
}

/** The last word about a session; exactly one, or the test fails. */
export function terminalOf(trail: readonly StoredRecord[], session: string): StoredRecord {
  const ends = ofSession(trail, session).filter((record) => terminalTypes.some((type) => type === record.type));
  const [only] = ends;
  if (only === undefined || ends.length > 1) throw new Error(`${ends.length} terminal records for ${session}`);
  return only;
}

/** A fact of a record by path, or undefined: of the end of a session by the names of session-facts.ts, else a member of its data. */
export function at(record: StoredRecord, ...path: readonly string[]): unknown {
  let value: unknown = record.data['unmapped'] === undefined ? record.data : endFacts(record);
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = new Map<string, unknown>(Object.entries(value)).get(name);
  }
  return value;
}
