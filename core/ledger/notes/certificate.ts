/**
 * The certificate of a run: a note in which the long-term key says which key signs the checkpoints of one ledger. The number in it
 * counts the ledgers of a replica, and the hash chains the certificates, so that one that was left out or put back is seen.
 */
import { toBase64 } from '../../base64.ts';
import type { Hash } from '../../ports.ts';
import { isRecordTime } from '../time.ts';
import { exactBase64, formatNoteKey, type Note, type NoteKey, parseNoteKey } from './note.ts';

export interface Certificate {
  readonly ledger: string;
  /** 0 in the first ledger of a replica, then one more in each. */
  readonly counter: number;
  /** Base64 of the SHA-256 of the text of the replica's certificate before; of 32 zero bytes in the first. */
  readonly previous: string;
  /** RFC 3339 UTC, when the run began by its own clock. */
  readonly time: string;
  /** Signs the checkpoints of this ledger; its name is the ledger's id. */
  readonly key: NoteKey;
  /** The long-term key that signed this. Its word for itself: whoever verifies has it pinned. */
  readonly issuer: NoteKey;
}

/** The first line: no checkpoint begins like this, as a ledger's id has other characters. */
const magic = 'countersign certificate v1';
const hashBytes = 32;
const counterPattern = /^(0|[1-9][0-9]{0,15})$/;

/** `previous` of the first certificate of a replica. */
export const noPrevious = toBase64(new Uint8Array(hashBytes), true);

/** What is signed. */
export function certificateText(hash: Hash, certificate: Certificate): string {
  const { ledger, counter, previous, time, key, issuer } = certificate;
  const keys = [key, issuer].map((each) => formatNoteKey(hash, each));
  return [magic, ledger, counter, previous, time, ...keys, ''].join('\n');
}

/** What the next certificate of the replica names as `previous`. */
export function certificateHash(hash: Hash, text: string): string {
  return toBase64(hash.sha256(new TextEncoder().encode(text)), true);
}

/** @returns undefined when the text is not that of a certificate */
export function parseCertificate(hash: Hash, { text }: Note): Certificate | undefined {
  const [first, ledger = '', counter = '', previous = '', time = '', keyLine = '', issuerLine = '', ...rest] =
    text.split('\n');
  if (first !== magic || rest.length !== 1 || rest[0] !== '') return undefined;
  if (!counterPattern.test(counter) || !Number.isSafeInteger(Number(counter)) || !isRecordTime(time)) return undefined;
  if (exactBase64(previous)?.length !== hashBytes) return undefined;
  const key = parseNoteKey(hash, keyLine);
  const issuer = parseNoteKey(hash, issuerLine);
  if (key === undefined || issuer === undefined || key.name !== ledger) return undefined;
  return { ledger, counter: Number(counter), previous, time, key, issuer };
}
