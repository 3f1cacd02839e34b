import fs from 'node:fs';
import { err, ok, type Result } from '@countersign/core/result.ts';

const readableByOthers = 0o077;

/**
 * The bytes of a file that only its owner may use. Checks the file it has opened, not the name: between the two, a name can come to
 * mean another file. The error is what is wrong, for a person; never a part of the file.
 */
export function readPrivateFile(file: string, maxBytes: number): Result<Buffer, string> {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK); // a FIFO must not block the start
  } catch (error) {
    return err(error instanceof Error && 'code' in error ? `cannot be opened (${error.code})` : 'cannot be opened');
  }
  try {
    const stat = fs.fstatSync(descriptor);
    if (!stat.isFile()) return err('not a regular file');
    const mode = stat.mode & 0o777;
    if ((mode & readableByOthers) !== 0) {
      return err(`mode is 0${mode.toString(8)}: others than its owner can use it; chmod 600`);
    }
    if (stat.uid !== process.geteuid?.() && stat.uid !== 0) return err('belongs to another user');
    if (stat.size > maxBytes) return err('too large for a key');
    return ok(fs.readFileSync(descriptor));
  } finally {
    fs.closeSync(descriptor);
  }
}
