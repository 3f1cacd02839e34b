import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import type { Opener, Sealer } from '@countersign/core/ports.ts';
import { err, ok } from '@countersign/core/result.ts';
import { deriveKey } from './derive.ts';
import type { KeyFile } from './key-file.ts';
import { RandomPool } from './random-pool.ts';

const algorithm = 'aes-256-gcm';
/** Random nonces of 96 bits: NIST SP 800-38D §8.3 allows 2^32 boxes under one key. */
const nonceBytes = 12;
const tagBytes = 16;

/** Boxes are nonce ‖ ciphertext ‖ tag. */
export function createSealer({ id, secret }: KeyFile): Sealer {
  const key = deriveKey(secret, 'payload');
  const nonces = new RandomPool();
  return {
    keyId: id,
    seal(plaintext, aad) {
      const box = Buffer.allocUnsafe(nonceBytes + plaintext.length + tagBytes);
      nonces.fill(box, nonceBytes);
      const cipher = createCipheriv(algorithm, key, box.subarray(0, nonceBytes), { authTagLength: tagBytes });
      cipher.setAAD(aad);
      // GCM is a stream: `update` gives all of it, `final` nothing more.
      box.set(cipher.update(plaintext), nonceBytes);
      cipher.final();
      box.set(cipher.getAuthTag(), nonceBytes + plaintext.length);
      return box.toString('base64url');
    },
  };
}

export function createOpener(keys: readonly KeyFile[]): Opener {
  const byId = new Map(keys.map(({ id, secret }) => [id, deriveKey(secret, 'payload')]));
  return {
    open(keyId, box, aad) {
      const key = byId.get(keyId);
      if (key === undefined) return err('ERR_UNKNOWN_KEY');
      const plaintext = decrypt(key, box, aad);
      return plaintext === undefined ? err('ERR_NOT_AUTHENTIC') : ok(plaintext);
    },
  };
}

function decrypt(key: KeyObject, box: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
  if (box.length < nonceBytes + tagBytes) return undefined;
  const decipher = createDecipheriv(algorithm, key, box.subarray(0, nonceBytes), { authTagLength: tagBytes })
    .setAAD(aad)
    .setAuthTag(box.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(box.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}
