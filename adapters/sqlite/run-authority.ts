/** What lets one run speak for its replica: a key of its own, and the long-term key's word for it. */
import { type Certificate, certificateText, noPrevious } from '@countersign/core/ledger/notes/certificate.ts';
import { checkpointText } from '@countersign/core/ledger/notes/checkpoint.ts';
import { type NoteKey, noteWriter, writeNote } from '@countersign/core/ledger/notes/note.ts';
import { rootOf } from '@countersign/core/ledger/tree/compact-tree.ts';
import { ed25519 } from '../keys/ed25519.ts';
import { createRunKey } from '../keys/run-key.ts';
import type { SignCheckpoint } from './ledger-notes.ts';
import { LedgerOpenError } from './ledger-open-error.ts';
import type { Predecessor } from './ledger-recovery.ts';
import { oneShotHash as hash } from './one-shot-hash.ts';

export interface RunAuthority {
  readonly counter: number;
  /** What the long-term key signs. */
  readonly text: Uint8Array;
  /** The signed note. @throws LedgerOpenError when the signature is not the issuer's */
  certificate(signature: Uint8Array): string;
  readonly signCheckpoint: SignCheckpoint;
}

export function certify(
  ledger: string,
  { issuer, time }: { readonly issuer: NoteKey; readonly time: string },
  predecessor: Predecessor | undefined,
): RunAuthority {
  const run = createRunKey(ledger);
  const write = noteWriter(hash, run.key);
  const certificate: Certificate = {
    ledger,
    counter: predecessor === undefined ? 0 : predecessor.certificate.counter + 1,
    previous: predecessor?.certificate.hash ?? noPrevious,
    time,
    key: run.key,
    issuer,
  };
  const text = certificateText(hash, certificate);
  const message = Buffer.from(text);
  return {
    counter: certificate.counter,
    text: message,
    certificate(signature) {
      // Otherwise auditors would be the first to find out that a service signs with another key than it says.
      if (ed25519.verify(issuer.publicKey, message, signature)) return writeNote(hash, text, issuer, signature);
      throw new LedgerOpenError(
        'ERR_LEDGER_KEY',
        'the long-term key of the ledger signs with another key than it names',
      );
    },
    signCheckpoint(tree) {
      const statement = checkpointText(ledger, tree.size, rootOf(hash, tree));
      return { size: tree.size, note: write(statement, run.sign(Buffer.from(statement))) };
    },
  };
}
