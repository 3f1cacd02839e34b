import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { plainBytes } from '@countersign/core/bytes.ts';
import type { SpillError, SpillFile } from '@countersign/core/ports.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import type { SpillShare } from './spill.ts';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

interface Box {
  readonly nonce: Uint8Array;
  readonly offset: number;
  /** Ciphertext and tag. */
  readonly bytes: number;
}

/** The parts of one body. Nonces stay in memory: the file alone says nothing about what belongs where. */
export class SealedFile implements SpillFile {
  readonly #handle: FileHandle;
  readonly #owner: string;
  readonly #share: SpillShare;
  readonly #boxes: Box[] = [];
  #bytes = 0;
  #closed = false;

  constructor(handle: FileHandle, owner: string, share: SpillShare) {
    this.#handle = handle;
    this.#owner = owner;
    this.#share = share;
  }

  async append(part: Uint8Array): Promise<Result<void, SpillError>> {
    if (this.#closed) return err(closed);
    const bytes = part.length + tagBytes;
    if (this.#share.usedBytes + bytes > this.#share.maxBytes)
      return err({ code: 'ERR_SPILL_FULL', reason: 'spill_limit' });
    this.#share.usedBytes += bytes;
    const box = { nonce: nonceOf(this.#share.boxes++), offset: this.#bytes, bytes };
    this.#bytes += bytes;
    const sealed = this.#seal(part, box, this.#boxes.push(box) - 1);
    try {
      for (let written = 0; written < bytes; ) {
        const step = await this.#handle.write(sealed, written, bytes - written, box.offset + written);
        written += step.bytesWritten;
      }
      return ok(undefined);
    } catch (error) {
      return err(diskError(error));
    }
  }

  async read(index: number): Promise<Result<Uint8Array, SpillError>> {
    const box = this.#boxes[index];
    if (this.#closed || box === undefined) return err(closed);
    const sealed = Buffer.allocUnsafe(box.bytes);
    try {
      for (let read = 0; read < box.bytes; ) {
        const step = await this.#handle.read(sealed, read, box.bytes - read, box.offset + read);
        if (step.bytesRead === 0) return err(altered);
        read += step.bytesRead;
      }
    } catch (error) {
      return err(diskError(error));
    }
    const part = this.#open(sealed, box, index);
    return part === undefined ? err(altered) : ok(plainBytes(part));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // It waits for what is being written. The file has no name: there is nothing left to do if this fails.
    void this.#handle
      .close()
      .catch(() => undefined)
      .finally(() => {
        this.#share.usedBytes -= this.#bytes;
      });
  }

  #seal(part: Uint8Array, box: Box, index: number): Uint8Array {
    const cipher = createCipheriv(algorithm, this.#share.key, box.nonce, { authTagLength: tagBytes });
    cipher.setAAD(this.#placeOf(index));
    const sealed = Buffer.allocUnsafe(box.bytes);
    // GCM is a stream cipher: `update` gives all of it, `final` only makes the tag.
    sealed.set(cipher.update(part), 0);
    cipher.final();
    sealed.set(cipher.getAuthTag(), part.length);
    return sealed;
  }

  #open(sealed: Uint8Array, box: Box, index: number): Uint8Array | undefined {
    const decipher = createDecipheriv(algorithm, this.#share.key, box.nonce, { authTagLength: tagBytes });
    decipher.setAAD(this.#placeOf(index));
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    const part = decipher.update(sealed.subarray(0, -tagBytes));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return part;
  }

  #placeOf(index: number): Uint8Array {
    return Buffer.from(`${this.#owner}|${index}`);
  }
}

const closed: SpillError = { code: 'ERR_SPILL_DISK', reason: 'closed' };
const altered: SpillError = { code: 'ERR_SPILL_ALTERED', reason: 'not_as_written' };

function nonceOf(box: number): Uint8Array {
  const nonce = Buffer.alloc(nonceBytes);
  nonce.writeUInt32BE(Math.floor(box / 2 ** 32), 4);
  nonce.writeUInt32BE(box % 2 ** 32, 8);
  return nonce;
}

const full: readonly string[] = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** The disk's own code is the reason: `enospc`, `eio`, `emfile`. */
export function diskError(error: unknown): SpillError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return { code: full.includes(code) ? 'ERR_SPILL_FULL' : 'ERR_SPILL_DISK', reason: code.toLowerCase() };
}
