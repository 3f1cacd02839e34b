/** What the long-term key signs of an evidence pack: docs/ledger-format.md, "Evidence pack". */
import { toBase64 } from '../base64.ts';

export interface PackStatement {
  /** RFC 3339, UTC, milliseconds, like the other two. */
  readonly from: string;
  readonly to: string;
  readonly made: string;
  /** SHA-256 of `SHA256SUMS`, which names every other file. */
  readonly sums: Uint8Array;
}

/** The first line: certificates begin otherwise, and no checkpoint begins like this, as a ledger's id has other characters. */
const magic = 'countersign evidence v1';

export function packNoteText({ from, to, made, sums }: PackStatement): string {
  return [magic, from, to, made, toBase64(sums, true), ''].join('\n');
}
