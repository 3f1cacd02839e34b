import { generateKeyPairSync } from 'node:crypto';
import type { NoteKey } from '@countersign/core/ledger/notes/note.ts';
import { publicBytesOf, signEd25519 } from './ed25519.ts';

/** The key of one run: made when a ledger begins, in memory alone, gone with the process. So no past ledger can be signed again. */
export interface RunKey {
  readonly key: NoteKey;
  sign(message: Uint8Array): Uint8Array;
}

export function createRunKey(name: string): RunKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { key: { name, publicKey: publicBytesOf(publicKey) }, sign: (message) => signEd25519(privateKey, message) };
}
