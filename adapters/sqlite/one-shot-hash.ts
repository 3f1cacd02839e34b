import { hash } from 'node:crypto';
import type { Hash } from '@countersign/core/ports.ts';

/** A node of a tree has 65 bytes, most records less than this. */
const scratch = Buffer.alloc(8 * 1024);

/**
 * For many small hashes: one call into OpenSSL, where an object that takes parts needs four. The answer comes as a string of bytes: a
 * buffer that the runtime makes costs more than the hash.
 */
export const oneShotHash: Hash = {
  sha256(...parts) {
    return Buffer.from(hash('sha256', joined(parts), 'binary'), 'latin1');
  },
};

function joined(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) {
    if (length + part.length > scratch.length) return Buffer.concat(parts);
    scratch.set(part, length);
    length += part.length;
  }
  return scratch.subarray(0, length);
}
