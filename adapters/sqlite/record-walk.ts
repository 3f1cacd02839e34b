/** Brings the records of a ledger to its verifier: in blocks as long as nothing is wrong, row by row where something may be. */
import type { LedgerVerifier } from '@countersign/core/ledger/verify.ts';
import type { OpenedLedger } from './ledger-sources.ts';

const rowsBetweenReports = 1024;

/** @param onRecords told now and then how many more there are */
export function walkRecords(
  opened: OpenedLedger,
  verifier: LedgerVerifier,
  onRecords: (records: number) => void,
): void {
  if (opened.blocks === undefined) {
    walkRows(opened.rows(), verifier, onRecords);
    return;
  }
  walkRows(opened.rows(undefined, 0), verifier, onRecords);
  const partitions = verifier.opening?.partitions;
  const first = Math.max(1, verifier.next);
  if (first > 1) walkRows(opened.rows(1, first - 1), verifier, onRecords); // none: they were pruned
  const isAsWritten = partitions !== undefined && verifier.isWhole;
  const next = isAsWritten ? walkBlocks(opened, { first, partitions }, verifier, onRecords) : first;
  walkRows(opened.rows(next), verifier, onRecords);
}

/** @returns the place from which on the records have to come row by row */
function walkBlocks(
  opened: OpenedLedger,
  from: { readonly first: number; readonly partitions: number },
  verifier: LedgerVerifier,
  onRecords: (records: number) => void,
): number {
  let next = from.first;
  for (const { first, count, sound } of opened.blocks?.(from.partitions, from.first) ?? []) {
    const isTaken = sound !== undefined && verifier.block(sound);
    const taken = isTaken ? count : walkRows(opened.rows(first, first + count - 1), verifier, onRecords);
    if (isTaken) onRecords(count);
    next = first + count;
    // Where some are missing the next one may be as far away as numbers go.
    if (taken < count || !verifier.isWhole) break;
  }
  return next;
}

/** @returns how many they were */
function walkRows(
  rows: ReturnType<OpenedLedger['rows']>,
  verifier: LedgerVerifier,
  onRecords: (records: number) => void,
): number {
  let count = 0;
  for (const row of rows) {
    verifier.row(row);
    if (++count % rowsBetweenReports === 0) onRecords(rowsBetweenReports);
  }
  onRecords(count % rowsBetweenReports);
  return count;
}
