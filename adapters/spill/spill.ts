/** The Spill port on a folder: one file for each body, unlinked as soon as it is open, every part sealed (AES-256-GCM). */
import { createSecretKey, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { constants, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Spill } from '@countersign/core/ports.ts';
import { err, ok } from '@countersign/core/result.ts';
import { diskError, SealedFile } from './sealed-file.ts';

const suffix = '.spill';
const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** What all files of one process share. */
export interface SpillShare {
  /** Never written anywhere: what a crash leaves on the disk's blocks is noise. */
  readonly key: KeyObject;
  readonly maxBytes: number;
  usedBytes: number;
  /** Boxes sealed so far. The nonce is this number, so none is ever used twice under the key. */
  boxes: number;
}

export interface OpenSpill extends Spill {
  /** On disk at this moment. */
  usedBytes(): number;
}

/**
 * @param directory made if it is not there, for the owner alone; several processes may share it
 * @param maxBytes  of all files of this process together
 */
export function openSpill(directory: string, maxBytes: number): OpenSpill {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  removeLeftovers(directory);
  const share: SpillShare = { key: createSecretKey(randomBytes(32)), maxBytes, usedBytes: 0, boxes: 0 };
  return {
    usedBytes: () => share.usedBytes,
    async create(owner) {
      try {
        return ok(new SealedFile(await openUnnamed(directory), owner, share));
      } catch (error) {
        return err(diskError(error));
      }
    },
  };
}

/** Of processes that ended between open and unlink. If one of them is alive, it loses a name it was about to remove. */
function removeLeftovers(directory: string): void {
  for (const name of readdirSync(directory)) if (name.endsWith(suffix)) rmSync(join(directory, name), { force: true });
}

async function openUnnamed(directory: string): Promise<FileHandle> {
  const path = join(directory, `${randomUUID()}${suffix}`);
  const handle = await open(path, flags, 0o600);
  try {
    await unlink(path);
  } catch (error) {
    if (!isMissing(error)) {
      await handle.close();
      throw error;
    }
  }
  return handle;
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';
