/**
 * A key is a file: 32 random bytes as base64url on one line, readable by its owner alone. Its bytes live in a KeyObject, which
 * neither a log nor an inspector prints.
 */
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fromBase64Url } from '@countersign/core/ledger/base64url.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import { deriveBytes } from './derive.ts';

export interface KeyFile {
  /** 16 hex digits derived from the key; names it in records and says nothing about its bytes. */
  readonly id: string;
  readonly secret: KeyObject;
}

export interface KeyFileError {
  readonly code: 'ERR_KEY_FILE';
  /** What is wrong, for a person; never a part of the key. */
  readonly reason: string;
}

const keyBytes = 32;
const keyIdBytes = 8;
/** More than any spelling of 32 bytes; a wrong path must not be read whole. */
const maxFileBytes = 256;
const readableByOthers = 0o077;

export function loadKey(file: string): Result<KeyFile, KeyFileError> {
  const text = readPrivate(file);
  if (!text.ok) return text;
  const bytes = fromBase64Url(text.value.trimEnd());
  if (bytes?.length !== keyBytes) return refused(`not a key: expected ${keyBytes} bytes as base64url`);
  return ok(toKeyFile(bytes));
}

/**
 * Makes a new key, durable when this returns.
 *
 * @throws when the file exists already (EEXIST): a key that sealed evidence is never overwritten
 */
export function createKey(file: string): KeyFile {
  const bytes = randomBytes(keyBytes);
  fs.writeFileSync(file, `${bytes.toString('base64url')}\n`, { flag: 'wx', mode: 0o600, flush: true });
  const directory = fs.openSync(path.dirname(file), 'r');
  fs.fsyncSync(directory);
  fs.closeSync(directory);
  return toKeyFile(bytes);
}

function toKeyFile(bytes: Uint8Array): KeyFile {
  const secret = createSecretKey(bytes);
  return { id: deriveBytes(secret, 'key-id', keyIdBytes).toString('hex'), secret };
}

/** Checks the file it has opened, not the name: between the two, a name can come to mean another file. */
function readPrivate(file: string): Result<string, KeyFileError> {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK); // a FIFO must not block the start
  } catch (error) {
    return refused(error instanceof Error && 'code' in error ? `cannot be opened (${error.code})` : 'cannot be opened');
  }
  try {
    const stat = fs.fstatSync(descriptor);
    if (!stat.isFile()) return refused('not a regular file');
    const mode = stat.mode & 0o777;
    if ((mode & readableByOthers) !== 0) {
      return refused(`mode is 0${mode.toString(8)}: others than its owner can use it; chmod 600`);
    }
    if (stat.uid !== process.geteuid?.() && stat.uid !== 0) return refused('belongs to another user');
    if (stat.size > maxFileBytes) return refused('too large for a key');
    return ok(fs.readFileSync(descriptor, 'utf8'));
  } finally {
    fs.closeSync(descriptor);
  }
}

function refused(reason: string): { readonly ok: false; readonly error: KeyFileError } {
  return err({ code: 'ERR_KEY_FILE', reason });
}
