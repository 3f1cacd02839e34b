/** What the run before left behind, read by the process that holds the replica's lock now. */
import type { DatabaseSync } from 'node:sqlite';
import { toBase64Url } from '@countersign/core/base64.ts';
import { firstPrev, leafOf } from '@countersign/core/ledger/chain.ts';
import { type OpenSession, sessionEnds, sessionStarts } from '@countersign/core/ledger/open-sessions.ts';
import type { PreviousLedger } from '@countersign/core/ledger/opening.ts';
import { systemHash } from '../process/system.ts';
import type { LedgerFilePlace } from './ledger-directory.ts';
import { LedgerOpenError } from './ledger-open-error.ts';
import { foldLog, openForWriting } from './ledger-schema.ts';

export interface Predecessor {
  readonly previous: PreviousLedger;
  /** Sessions that were under way when its process ended. */
  readonly unended: readonly OpenSession[];
}

/** @throws LedgerOpenError ERR_LEDGER_UNREADABLE */
export function readPredecessor({ id, file }: LedgerFilePlace): Predecessor {
  try {
    const db = openForWriting(file);
    try {
      const predecessor = { previous: readTip(db, id), unended: readUnended(db, id) };
      foldLog(db);
      return predecessor;
    } finally {
      db.close();
    }
  } catch (error) {
    const message = `the ledger of the last run cannot be read: ${file}; keep it, move it out of this folder to start anew, and find out what happened to it`;
    throw new LedgerOpenError('ERR_LEDGER_UNREADABLE', message, { cause: error });
  }
}

function readTip(db: DatabaseSync, ledger: string): PreviousLedger {
  const last = db.prepare('SELECT seq, value FROM record ORDER BY seq DESC LIMIT 1').get();
  const { seq, value } = last ?? {};
  if (typeof seq !== 'number' || !(value instanceof Uint8Array)) return { ledger, records: 0, leaf: firstPrev };
  return { ledger, records: seq + 1, leaf: toBase64Url(leafOf(systemHash, value)) };
}

/** Answered from an index alone: the ledger may be large, and calls are waiting for this process. */
function readUnended(db: DatabaseSync, ledger: string): readonly OpenSession[] {
  const among = (types: readonly string[]): string => `SUM(type IN (${types.map((type) => `'${type}'`).join(', ')}))`;
  const rows = db
    .prepare(
      `SELECT session, MIN(seq) AS seq FROM record WHERE session IS NOT NULL
       GROUP BY session HAVING ${among(sessionStarts)} > 0 AND ${among(sessionEnds)} = 0 ORDER BY 2`,
    )
    .all();
  return rows.flatMap(({ session, seq }) =>
    typeof session === 'string' && typeof seq === 'number' ? [{ session, ledger, seq }] : [],
  );
}
