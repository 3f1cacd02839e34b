/** Node's cryptography behind core's ports, for tests in core. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import type { Hash, Signatures } from '../ports.ts';
import type { NoteKey } from './notes/note.ts';

export const testHash: Hash = {
  sha256: (...parts) => new Uint8Array(parts.reduce((sum, part) => sum.update(part), createHash('sha256')).digest()),
};

const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

export const testSignatures: Signatures = {
  verify: (publicKey, message, signature) =>
    verify(
      null,
      message,
      createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' }),
      signature,
    ),
};

export interface TestSigner {
  readonly key: NoteKey;
  sign(text: string): Uint8Array;
}

export function testSigner(name: string): TestSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    key: { name, publicKey: new Uint8Array(spkiOf(publicKey).subarray(spkiPrefix.length)) },
    sign: (text) => new Uint8Array(sign(null, Buffer.from(text), privateKey)),
  };
}

const spkiOf = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' });
