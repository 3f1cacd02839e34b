/** Replicas whose last process ended without a word, and whom nobody writes as now. */
import { parseCertificate } from '@countersign/core/ledger/notes/certificate.ts';
import { formatNoteKey, isSignedBy, type Note, type NoteKey, parseNote } from '@countersign/core/ledger/notes/note.ts';
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
  return readCertified(place, (_, { note, issuer }) =>
    isSignedBy(seal, note, issuer) ? formatNoteKey(systemHash, issuer) : undefined,
  );
}

function isLeftOpen(place: LedgerFilePlace, issuer: NoteKey): boolean {
  const isOpen = readCertified(
    place,
    (reader, { note }) => isSignedBy(seal, note, issuer) && reader.lastType() !== 'ledger.closed',
  );
  return isOpen ?? false;
}

const seal = { hash: systemHash, signatures: ed25519 };

interface Certified {
  readonly note: Note;
  /** Whether it signed the note is still to be asked. */
  readonly issuer: NoteKey;
}

/**
 * @returns undefined: it has no certificate of the ledger that its place says. So is a file that cannot be read now: it is left to the
 * replica's own next start, which says what is wrong with it
 */
function readCertified<T>(
  place: LedgerFilePlace,
  look: (reader: LedgerReader, certified: Certified) => T | undefined,
): T | undefined {
  let reader: LedgerReader | undefined;
  try {
    reader = new LedgerReader(place, 0); // calls wait for this thread
    const note = parseNote(reader.sealRows().certificates[0]?.note);
    const certificate = note && parseCertificate(systemHash, note);
    if (note === undefined || certificate?.ledger !== place.id) return undefined;
    return look(reader, { note, issuer: certificate.issuer });
  } catch {
    return undefined;
  } finally {
    reader?.close();
  }
}
