import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/** Each use of a key file has a name, and a key of its own: what one signs or seals means nothing to another. */
export type KeyPurpose = 'key-id' | 'hand-off' | 'digest' | 'payload' | 'token' | 'pseudonym' | 'ledger';

/** HKDF-SHA-256 (RFC 5869) with the purpose as `info`. */
export function deriveBytes(secret: KeyObject, purpose: KeyPurpose, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `countersign/v1/${purpose}`, length));
}

export function deriveKey(secret: KeyObject, purpose: KeyPurpose): KeyObject {
  return createSecretKey(deriveBytes(secret, purpose, 32));
}
