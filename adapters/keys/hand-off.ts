import { createHmac, timingSafeEqual } from 'node:crypto';
import { fromBase64Url } from '@countersign/core/base64.ts';
import { deriveKey } from './derive.ts';
import type { KeyFile } from './key-file.ts';

export interface HandOffSigner {
  /** Base64url of the HMAC-SHA-256 over the UTF-8 of `text`. */
  sign(text: string): string;
  /** Takes the same time wherever a forged MAC differs. False for anything that `sign` would not have written. */
  verify(text: string, mac: string): boolean;
}

export function createHandOffSigner({ secret }: KeyFile): HandOffSigner {
  const key = deriveKey(secret, 'hand-off');
  const macOf = (text: string): Buffer => createHmac('sha256', key).update(text, 'utf8').digest();
  return {
    sign: (text) => macOf(text).toString('base64url'),
    verify(text, mac) {
      const given = fromBase64Url(mac);
      const expected = macOf(text);
      return given !== undefined && given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}
