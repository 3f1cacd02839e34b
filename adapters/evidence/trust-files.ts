/** What an auditor needs of keys and of the anchor to verify the records of a pack again. */
import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { PackFile } from '@countersign/core/evidence/pack-file.ts';
import { parseNote } from '@countersign/core/ledger/notes/note.ts';
import { anchoredLedgerFolder, certificateName, checkpointName } from '../anchor/folder-layout.ts';
import type { AnchorReader } from '../sqlite/ledger-audit.ts';

/** @param keys verifier keys */
export const keyFile = (keys: readonly string[]): PackFile => ({
  name: 'keys/ledger.vkey',
  content: () => keys.map((key) => `${key}\n`),
});

const maxTimestampBytes = 64 * 1024;

/**
 * All that the anchor had when it was opened, of ledgers that are missing here too: so a verifier finds in the pack what was found
 * when it was made.
 *
 * @param folder where its time-stamp responses lie
 */
export function* anchorFiles(anchor: AnchorReader, folder: string | undefined): Generator<PackFile> {
  for (const ledger of anchor.ledgers()) {
    const { certificate, checkpoints } = anchor.read(ledger);
    const name = (file: string): string => `anchor/${ledger}/${file}`;
    if (isNote(certificate)) yield { name: name(certificateName), content: () => [certificate] };
    for (const { size, note } of checkpoints) {
      const file = checkpointName(size);
      if (isNote(note)) yield { name: name(file), content: () => [note] };
      const stamp =
        folder === undefined ? undefined : timestampOf(path.join(anchoredLedgerFolder(folder, ledger), file));
      if (stamp !== undefined) yield { name: name(`${file}.tsr`), content: () => [stamp] };
    }
  }
}

/** What is none says nothing, and might say what is nobody's to know. */
const isNote = (text: unknown): text is string => typeof text === 'string' && parseNote(text) !== undefined;

function timestampOf(note: string): Uint8Array | undefined {
  const file = `${note}.tsr`;
  // Whoever writes the anchor is not whoever exports: a link there must not choose what goes into a pack.
  const stat = lstatSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size <= maxTimestampBytes ? readFileSync(file) : undefined;
}
