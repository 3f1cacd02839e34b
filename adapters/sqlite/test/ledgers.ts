/** Real ledgers in a temporary folder. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import type { RecordDraft } from '@countersign/core/ledger/record.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { ledgerKeyForTests } from '../../keys/test/ledger-key.ts';
import { createIds, systemClock } from '../../process/system.ts';
import { type LedgerOptions, type OpenLedger, openLedger } from '../ledger.ts';

export const service = 'proc-service';
export const replica = 'p1';

/** Ledgers that a test left open would keep its process alive. */
const opened = new Set<OpenLedger>();

export function ledgerFolder(t: TestContext): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-ledger-'));
  t.after(async () => {
    for (const ledger of opened) await ledger.close('test over');
    opened.clear();
    fs.rmSync(directory, { recursive: true });
  });
  return directory;
}

/** Opens the next ledger of the one replica; a failure that would end the process fails the test. */
export async function open(directory: string, options: Partial<LedgerOptions> = {}): Promise<OpenLedger> {
  const silent = (): void => undefined;
  const ledger = await openLedger({
    directory,
    service,
    replica,
    clock: systemClock,
    ids: createIds(),
    partitions: 4,
    version: '0.0.0-test',
    keys: ledgerKeyForTests,
    onFatal: (error) => {
      throw error;
    },
    log: { info: silent, warn: silent, error: silent },
    ...options,
  });
  opened.add(ledger);
  return ledger;
}

export function draft(type: RecordDraft['type'], session: string, data: RecordDraft['data'] = {}): RecordDraft {
  return { type, session, time: isoTime(systemClock.now()), data };
}

export interface Row {
  readonly seq: number;
  readonly type: string;
  readonly session: string | null;
  readonly value: string;
}

export function rowsOf(file: string): readonly Row[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return db
      .prepare('SELECT seq, type, session, CAST(value AS TEXT) AS value FROM record ORDER BY seq')
      .all()
      .map(({ seq, type, session, value }) => ({
        seq: Number(seq),
        type: String(type),
        session: session === null ? null : String(session),
        value: String(value),
      }));
  } finally {
    db.close();
  }
}
