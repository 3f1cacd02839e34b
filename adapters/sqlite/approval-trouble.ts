/** A row that this version did not write, or that somebody changed. */
export class UnreadableRow extends Error {}

/**
 * snake_case words for what went wrong with the file. `store_broken` is final: after a failed read or sync of the disk, or
 * in a damaged file, the page cache may say what the disk does not, so nothing that this process says about approvals can
 * be believed until it starts again. The others pass by themselves.
 */
export function troubleOf(error: unknown): string {
  if (error instanceof UnreadableRow) return 'row_unreadable';
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  if (typeof code !== 'number') return 'store_failed';
  // The shared index of the WAL could not grow on a full disk: no data was touched.
  if (code === shmSize) return 'store_full';
  return reasons.get(code & 0xff) ?? 'store_failed';
}

/** https://www.sqlite.org/rescode.html; the low byte of an extended code is the primary one. */
const shmSize = 4874;
const reasons: ReadonlyMap<number, string> = new Map([
  [5, 'store_busy'],
  [6, 'store_busy'],
  [8, 'store_read_only'],
  [10, 'store_broken'], // IOERR
  [11, 'store_broken'], // CORRUPT
  [13, 'store_full'],
  [26, 'store_broken'], // NOTADB
]);
