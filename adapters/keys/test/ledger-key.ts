/** A long-term key that every test has: ledgers of several processes of one test must be certified by the same one. */
import { createSecretKey } from 'node:crypto';
import { createLedgerKey } from '../ledger-key.ts';

export const ledgerKeyForTests = createLedgerKey({ id: '0'.repeat(16), secret: createSecretKey(Buffer.alloc(32, 1)) });
