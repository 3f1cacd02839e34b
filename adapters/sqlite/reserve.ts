import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const reserveName = 'reserve';
/** Room for the last words of a ledger on a full disk: a record touches a handful of 4 KiB pages in the log. */
const reserveBytes = 256 * 1024;

/** A file that can be given up when the disk is full. */
export class Reserve {
  readonly #file: string;

  constructor(directory: string) {
    this.#file = path.join(directory, reserveName);
  }

  /** Random bytes: a file system that compresses would reserve nothing for zeros. False when there is no room for it. */
  fill(): boolean {
    try {
      fs.writeFileSync(this.#file, randomBytes(reserveBytes), { mode: 0o600, flush: true });
      return true;
    } catch (error) {
      if (!isOutOfSpace(error)) throw error;
      this.spend();
      return false;
    }
  }

  spend(): void {
    fs.rmSync(this.#file, { force: true });
  }
}

function isOutOfSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
