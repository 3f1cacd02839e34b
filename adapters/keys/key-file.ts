/**
 * A key is a file: 32 random bytes as base64url on one line, readable by its owner alone. Its bytes live in a KeyObject, which
 * neither a log nor an inspector prints.
 */
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fromBase64Url } from '@countersign/core/base64.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import { deriveBytes } from './derive.ts';
import { readPrivateFile } from './private-file.ts';

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

export function loadKey(file: string): Result<KeyFile, KeyFileError> {
  const text = readPrivateFile(file, maxFileBytes);
  if (!text.ok) return refused(text.error);
  const bytes = fromBase64Url(text.value.toString('utf8').trimEnd());
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

function refused(reason: string): { readonly ok: false; readonly error: KeyFileError } {
  return err({ code: 'ERR_KEY_FILE', reason });
}
