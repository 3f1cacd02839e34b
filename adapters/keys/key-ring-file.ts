/** The ring in its file: read whole, replaced whole, so that a reader never sees half of a change. */
import fs from 'node:fs';
import path from 'node:path';
import { emptyRing, formatKeyRing, type KeyRing, parseKeyRing } from '@countersign/core/payload/key-ring.ts';
import { err, type Result } from '@countersign/core/result.ts';
import { readPrivateFile } from './private-file.ts';

const maxFileBytes = 4 << 20;

/** The error is what is wrong, for a person. Others must not write it: whoever can makes us seal to a key of theirs. */
export function readKeyRing(file: string): Result<KeyRing, string> {
  const bytes = readPrivateFile(file, maxFileBytes);
  return bytes.ok ? parseKeyRing(bytes.value.toString('utf8')) : err(bytes.error);
}

/** For whoever is about to make the first keys. */
export function readKeyRingOrNone(file: string): Result<KeyRing, string> {
  return fs.existsSync(file) ? readKeyRing(file) : { ok: true, value: emptyRing };
}

/** Durable when it returns. One writer at a time: callers hold the ledger `cli/…` that the change is recorded in. */
export function writeKeyRing(file: string, ring: KeyRing): void {
  const next = `${file}.new`;
  fs.writeFileSync(next, formatKeyRing(ring), { mode: 0o600, flush: true });
  fs.renameSync(next, file);
  const directory = fs.openSync(path.dirname(file), 'r');
  fs.fsyncSync(directory);
  fs.closeSync(directory);
}
