import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { Signatures } from '@countersign/core/ports.ts';

/** RFC 8410: what stands before the 32 bytes of a private key in PKCS #8, and of a public one in SubjectPublicKeyInfo. */
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex');

export function privateKeyOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([privatePrefix, seed]), format: 'der', type: 'pkcs8' });
}

/** The 32 bytes, also of the private key's other half. */
export function publicBytesOf(key: KeyObject): Uint8Array {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return new Uint8Array(spki.subarray(publicPrefix.length));
}

export function signEd25519(key: KeyObject, message: Uint8Array): Uint8Array {
  return sign(null, message, key);
}

/** Keys of runs come one after the other, with many signatures of each. */
const last: { bytes: Buffer; key: KeyObject | undefined } = { bytes: Buffer.alloc(0), key: undefined };

export const ed25519: Signatures = {
  verify(publicKey, message, signature) {
    const key = publicKeyOf(publicKey);
    return key !== undefined && verify(null, message, key, signature);
  },
};

function publicKeyOf(bytes: Uint8Array): KeyObject | undefined {
  if (last.key !== undefined && last.bytes.equals(bytes)) return last.key;
  try {
    const key = createPublicKey({ key: Buffer.concat([publicPrefix, bytes]), format: 'der', type: 'spki' });
    last.bytes = Buffer.from(bytes);
    last.key = key;
    return key;
  } catch {
    return undefined;
  }
}
