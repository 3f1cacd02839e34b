import { createHmac } from 'node:crypto';
import type { KeyedDigest } from '@countersign/core/ports.ts';
import { deriveKey } from './derive.ts';
import type { KeyFile } from './key-file.ts';

/** HMAC-SHA-256 under a key derived for digests. */
export function createKeyedDigest({ id, secret }: KeyFile): KeyedDigest {
  const key = deriveKey(secret, 'digest');
  return {
    keyId: id,
    digest(...parts) {
      const hmac = createHmac('sha256', key);
      for (const part of parts) hmac.update(part);
      return hmac.digest();
    },
    incremental() {
      const hmac = createHmac('sha256', key);
      return { update: (part) => void hmac.update(part), digest: () => hmac.digest() };
    },
  };
}
