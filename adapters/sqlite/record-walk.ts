/** Brings the records of a ledger to its verifier: in blocks as long as nothing is wrong, row by row where something may be. */
import type { LedgerVerifier } from '@countersign/core/ledger/verify.ts';
import { BlockInspector } from './block-inspection.ts';
import type { OpenedLedger } from './ledger-sources.ts';

interface Walk {
  readonly ledger: string;
  readonly verifier: LedgerVerifier;
}

const blockRecords = 256;
/** Payloads are large: what lies in memory at once follows their size. */
const blockBytes = 4 * 1024 * 1024;
const rowsBetweenReports = 1024;

/** @param onRecords told now and then how many more there are */
export function walkRecords(opened: OpenedLedger, walk: Walk, onRecords: (records: number) => void): void {
  const next = opened.blocks === undefined ? 0 : walkBlocks(opened, opened.blocks, walk, onRecords);
  walkRows(opened.rows(next === 0 ? undefined : next), walk, onRecords);
}

/** @returns the place from which on the records have to come row by row */
function walkBlocks(
  opened: OpenedLedger,
  { lastSeq, reader }: NonNullable<OpenedLedger['blocks']>,
  walk: Walk,
  onRecords: (records: number) => void,
): number {
  const { ledger, verifier } = walk;
  walkRows(opened.rows(undefined, 0), walk, onRecords);
  const { opening } = verifier;
  if (opening === undefined) return 1;
  const inspector = new BlockInspector(ledger, opening.partitions);
  let size = blockRecords;
  let next = 1;
  while (next <= lastSeq && verifier.isWhole) {
    const count = Math.min(size, lastSeq - next + 1);
    const block = reader.read(next, count);
    const sound = block && inspector.inspect(block);
    const isTaken = sound !== undefined && verifier.block(sound);
    const taken = isTaken ? count : walkRows(opened.rows(next, next + count - 1), walk, onRecords);
    if (isTaken) onRecords(count);
    next += count;
    if (taken < count) return next; // the rest may be one row, as far away as numbers go
    size = sizeAfter(size, block?.values.length ?? 0);
  }
  return next;
}

function sizeAfter(size: number, bytes: number): number {
  if (bytes > blockBytes) return Math.max(1, Math.floor(size / 2));
  return bytes < blockBytes / 4 ? Math.min(blockRecords, size * 2) : size;
}

/** @returns how many they were */
function walkRows(rows: Rows, { verifier }: Walk, onRecords: (records: number) => void): number {
  let count = 0;
  for (const row of rows) {
    verifier.row(row);
    if (++count % rowsBetweenReports === 0) onRecords(rowsBetweenReports);
  }
  onRecords(count % rowsBetweenReports);
  return count;
}

type Rows = ReturnType<OpenedLedger['rows']>;
