/** `<folder>/<service>/<replica>/<ULID>/`: `certificate.note`, and `<size>.note` for each anchored checkpoint. */
import path from 'node:path';

export const certificateName = 'certificate.note';

const sizeDigits = 16;
const checkpointPattern = /^([0-9]{16})\.note$/;

/** @param ledger an id, see ledgerId(): its parts cannot leave the folder */
export function anchoredLedgerFolder(directory: string, ledger: string): string {
  return path.join(directory, ...ledger.split('/'));
}

/** Padded, so that a listing by name is one by size. */
export function checkpointName(size: number): string {
  return `${String(size).padStart(sizeDigits, '0')}.note`;
}

export function checkpointSizeOf(name: string): number | undefined {
  const [, digits] = checkpointPattern.exec(name) ?? [];
  const size = Number(digits);
  return digits !== undefined && Number.isSafeInteger(size) && size > 0 ? size : undefined;
}
