import { hash } from 'node:crypto';
import type { Hash } from '@countersign/core/ports.ts';

/** A node of a tree has 65 bytes, most records less than this. */
const scratch = Buffer.alloc(8 * 1024);

/** For many small hashes: one call into OpenSSL, where an object that takes parts needs four. */
export const oneShotHash: Hash = {
  sha256(...parts) {
    let length = 0;
    for (const part of parts) {
      if (length + part.length > scratch.length) return hash('sha256', Buffer.concat(parts), 'buffer');
      scratch.set(part, length);
      length += part.length;
    }
    return hash('sha256', scratch.subarray(0, length), 'buffer');
  },
};
