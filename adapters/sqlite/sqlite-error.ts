/** SQLite's result codes that mean something to us; node:sqlite puts the extended code into `errcode`. */
const busy = 5;
const full = 13;
/** The index of the WAL could not be enlarged: on a local file system that is a full one. */
const walIndexFull = 4874;

function errcodeOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined;
}

/** Somebody else holds the lock. */
export function isBusy(error: unknown): boolean {
  const errcode = errcodeOf(error);
  return errcode !== undefined && (errcode & 0xff) === busy;
}

/** No room on the disk, or at the file's own limit. The transaction is rolled back already. */
export function isFull(error: unknown): boolean {
  const errcode = errcodeOf(error);
  return errcode === full || errcode === walIndexFull;
}
