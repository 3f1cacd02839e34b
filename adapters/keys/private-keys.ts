/** The private halves of payload keys: files of a folder that need not be on the host of the gateway, and better is not. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { NewKey } from '@countersign/core/payload/key-ring.ts';
import { type PayloadUse, payloadUses } from '@countersign/core/payload/place.ts';
import { createKey, type KeyFile, loadKey } from './key-file.ts';
import { publicPayloadKey } from './payload-key.ts';

const extension = '.key';

export interface PrivateKeys {
  readonly keys: readonly (KeyFile & { readonly file: string; readonly publicId: string })[];
  /** Files that hold no key, or one that others can read: what is wrong with each. */
  readonly faults: readonly string[];
}

/** A key of either use for each retention, the private halves durable in the folder when this returns. */
export function createPayloadKeys(directory: string, retentions: readonly string[]): readonly NewKey[] {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  return retentions.flatMap((retention) => payloadUses.map((use) => createPayloadKey(directory, use, retention)));
}

function createPayloadKey(directory: string, use: PayloadUse, retention: string): NewKey {
  const whole = createKey(path.join(directory, `${use}-${randomBytes(8).toString('hex')}${extension}`));
  return { ...publicPayloadKey(whole), use, retention };
}

export function readPrivateKeys(directory: string): PrivateKeys {
  const names = fs.existsSync(directory) ? fs.readdirSync(directory).toSorted() : [];
  const files = names.filter((name) => name.endsWith(extension)).map((name) => path.join(directory, name));
  const read = files.map((file) => ({ file, key: loadKey(file) }));
  return {
    keys: read.flatMap(({ file, key }) =>
      key.ok ? [{ ...key.value, file, publicId: publicPayloadKey(key.value).id }] : [],
    ),
    faults: read.flatMap(({ file, key }) => (key.ok ? [] : [`${file}: ${key.error.reason}`])),
  };
}

/**
 * Overwrites and removes it. What a file system, a disk or a backup keeps of it beside that is out of our reach: docs say so.
 *
 * @throws when it cannot be written or removed
 */
export function destroyKeyFile(file: string): void {
  const descriptor = fs.openSync(file, 'r+');
  try {
    fs.writeSync(descriptor, randomBytes(fs.fstatSync(descriptor).size), undefined, undefined, 0);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  fs.unlinkSync(file);
  const directory = fs.openSync(path.dirname(file), 'r');
  fs.fsyncSync(directory);
  fs.closeSync(directory);
}
