/** Replicas whose last process ended without a word, and whom nobody writes as now. */
import { parseCertificate } from '@countersign/core/ledger/notes/certificate.ts';
import { formatNoteKey, isSignedBy, type NoteKey, parseNote } from '@countersign/core/ledger/notes/note.ts';
import { ed25519 } from '../keys/ed25519.ts';
import { systemHash } from '../process/system.ts';
import { type LedgerFilePlace, listLedgerFiles, listReplicas, type ReplicaPlace } from './ledger-directory.ts';
import { LedgerReader } from './ledger-reader.ts';
import { isReplicaLocked } from './replica-lock.ts';

/**
 * Only those that our long-term key certified: a run of ours that follows another key's would look like a forgery.
 * @param own id of the ledger that asks: closing any descriptor of its lock would drop the lock
 */
export function deadReplicas(directory: string, own: string, issuer: NoteKey): readonly ReplicaPlace[] {
  return listReplicas(directory).filter((place) => {
    const newest = listLedgerFiles(place).at(-1);
    const isOwn = own.startsWith(`${place.service}/${place.replica}/`);
    return !isOwn && newest !== undefined && isLeftOpen(newest, issuer) && !isReplicaLocked(place);
  });
}

/** The long-term key that certified it, as text. @returns undefined: that cannot be told, or it was another ledger, which was copied here */
export function issuerOf(place: LedgerFilePlace): string | undefined {
  let reader: LedgerReader | undefined;
  try {
    reader = new LedgerReader(place, 0);
    const note = parseNote(reader.sealRows().certificates[0]?.note);
    if (note === undefined) return undefined;
    const { ledger, issuer } = parseCertificate(systemHash, note) ?? {};
    if (ledger !== place.id || issuer === undefined) return undefined;
    return isSignedBy({ hash: systemHash, signatures: ed25519 }, note, issuer)
      ? formatNoteKey(systemHash, issuer)
      : undefined;
  } catch {
    return undefined;
  } finally {
    reader?.close();
  }
}

/** A file that cannot be read now is left to the replica's own next start, which says what is wrong with it. */
function isLeftOpen(place: LedgerFilePlace, issuer: NoteKey): boolean {
  let reader: LedgerReader | undefined;
  try {
    reader = new LedgerReader(place, 0); // calls wait for this thread
    const note = parseNote(reader.sealRows().certificates[0]?.note);
    const isOurs =
      note !== undefined &&
      parseCertificate(systemHash, note)?.ledger === place.id &&
      isSignedBy({ hash: systemHash, signatures: ed25519 }, note, issuer);
    return isOurs && reader.lastType() !== 'ledger.closed';
  } catch {
    return false;
  } finally {
    reader?.close();
  }
}
