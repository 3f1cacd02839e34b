import type { KeyProvider } from '@countersign/core/ports.ts';
import { deriveBytes } from './derive.ts';
import { privateKeyOf, publicBytesOf, signEd25519 } from './ed25519.ts';
import type { KeyFile } from './key-file.ts';

/** Of the long-term key in notes. The key id beside it tells the keys of different installations apart. */
const name = 'countersign/ledger';
const seedBytes = 32;

/** The long-term key from a key file. Whoever can read the file can certify ledgers of their own making: an anchor is against that. */
export function createLedgerKey({ secret }: KeyFile): KeyProvider {
  const privateKey = privateKeyOf(deriveBytes(secret, 'ledger', seedBytes));
  return {
    key: { name, publicKey: publicBytesOf(privateKey) },
    sign: async (message) => signEd25519(privateKey, message),
  };
}
