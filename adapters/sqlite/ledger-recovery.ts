/** What the run before left behind, read by the process that holds the replica's lock now. */
import type { DatabaseSync } from 'node:sqlite';
import { toBase64Url } from '@countersign/core/base64.ts';
import { certificateHash, parseCertificate } from '@countersign/core/ledger/notes/certificate.ts';
import { parseCheckpoint } from '@countersign/core/ledger/notes/checkpoint.ts';
import { exactBase64, isSignedBy, parseNote } from '@countersign/core/ledger/notes/note.ts';
import { type OpenSession, sessionEnds, sessionStarts } from '@countersign/core/ledger/open-sessions.ts';
import type { PreviousLedger } from '@countersign/core/ledger/opening.ts';
import { ed25519 } from '../keys/ed25519.ts';
import { systemHash } from '../process/system.ts';
import type { LedgerFilePlace } from './ledger-directory.ts';
import { LedgerOpenError } from './ledger-open-error.ts';
import { foldLog, isOldLedger, openForWriting } from './ledger-schema.ts';

export interface Predecessor {
  readonly previous: PreviousLedger;
  /** Sessions that were under way when its process ended. */
  readonly unended: readonly OpenSession[];
  readonly certificate: { readonly counter: number; readonly hash: string };
}

/** @throws LedgerOpenError ERR_LEDGER_UNREADABLE, ERR_LEDGER_OLD */
export function readPredecessor({ id, file }: LedgerFilePlace): Predecessor {
  try {
    const db = openForWriting(file);
    try {
      if (isOldLedger(db)) throw oldLedger(file);
      const predecessor = { ...readTip(db, id), unended: readUnended(db, id) };
      foldLog(db);
      return predecessor;
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof LedgerOpenError) throw error;
    const message = `the ledger of the last run cannot be read: ${file}; keep it, move it out of this folder to start anew, and find out what happened to it`;
    throw new LedgerOpenError('ERR_LEDGER_UNREADABLE', message, { cause: error });
  }
}

/**
 * Size and root as the last run signed them, in the transaction of its last records. A file in which they do not fit each other was
 * written to by somebody else: no ledger is built on it.
 */
function readTip(db: DatabaseSync, ledger: string): Pick<Predecessor, 'previous' | 'certificate'> {
  const written = db.prepare('SELECT MAX(seq) + 1 AS size FROM record').get();
  const certificateNote = parseNote(db.prepare('SELECT note FROM certificate').get()?.['note']);
  const certificate = certificateNote && parseCertificate(systemHash, certificateNote);
  const tipNote = parseNote(db.prepare('SELECT note FROM tip').get()?.['note']);
  const tip = tipNote && parseCheckpoint(tipNote);
  const root = tip && exactBase64(tip.root);
  if (!certificateNote || certificate?.ledger !== ledger) throw new Error('its certificate is not one');
  if (!tip || !root || tip.ledger !== ledger) throw new Error('its last checkpoint is not one');
  const ports = { hash: systemHash, signatures: ed25519 };
  if (!isSignedBy(ports, tipNote, certificate.key)) throw new Error('its last checkpoint is not signed by its key');
  if (tip.size !== written?.['size']) throw new Error('its last checkpoint is of another size');
  return {
    previous: { ledger, records: tip.size, root: toBase64Url(root) },
    certificate: { counter: certificate.counter, hash: certificateHash(systemHash, certificateNote.text) },
  };
}

function oldLedger(file: string): LedgerOpenError {
  const message = `the ledger of the last run has the format of an earlier version, without signed checkpoints: ${file}; keep its folder, verify it with the version that wrote it, and start with an empty one`;
  return new LedgerOpenError('ERR_LEDGER_OLD', message);
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
