/** The newest published checkpoints of the other replicas that write below the same folder. */
import type { PeerNotes } from '@countersign/core/ledger/witness.ts';
import { listLedgerFiles, listReplicas } from './ledger-directory.ts';
import { LedgerReader } from './ledger-reader.ts';

/** Files that cannot be read now are left out: they may be there next time. @param own id of the ledger that asks */
export function peerCheckpoints(directory: string, own: string): readonly PeerNotes[] {
  return listReplicas(directory)
    .filter(({ service, replica }) => !own.startsWith(`${service}/${replica}/`))
    .flatMap((place) => {
      const newest = listLedgerFiles(place).at(-1);
      return newest === undefined ? [] : (newestNotes(newest) ?? []);
    });
}

function newestNotes(place: { readonly id: string; readonly file: string }): PeerNotes | undefined {
  let reader: LedgerReader | undefined;
  try {
    reader = new LedgerReader(place, 0); // calls wait for this thread
    const { certificates } = reader.sealRows();
    return { ledger: place.id, certificate: certificates[0]?.note, checkpoint: reader.newestCheckpoint() };
  } catch {
    return undefined;
  } finally {
    reader?.close();
  }
}
