/** What replicas of other hosts anchored, where they use the same folder. It may lie on a network: nothing here blocks a thread. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isUlid, isWriterName } from '@countersign/core/ledger/ledger-id.ts';
import type { PeerNotes } from '@countersign/core/ledger/witness.ts';
import { certificateName, checkpointName, checkpointSizeOf } from './folder-layout.ts';

/** The newest checkpoint of the newest ledger of every replica but that of `own`, a ledger's id. */
export async function anchoredPeers(directory: string, own: string): Promise<readonly PeerNotes[]> {
  const peers: PeerNotes[] = [];
  for (const service of await namesIn(directory, isWriterName)) {
    for (const replica of await namesIn(path.join(directory, service), isWriterName)) {
      const place = path.join(directory, service, replica);
      const ulid = (await namesIn(place, isUlid)).toSorted().at(-1);
      if (ulid === undefined || path.dirname(own) === `${service}/${replica}`) continue;
      const notes = await newestIn(path.join(place, ulid));
      if (notes !== undefined) peers.push({ ledger: `${service}/${replica}/${ulid}`, ...notes });
    }
  }
  return peers;
}

async function newestIn(folder: string): Promise<Omit<PeerNotes, 'ledger'> | undefined> {
  const names = await namesIn(folder, (name) => checkpointSizeOf(name) !== undefined);
  const newest = names.reduce((largest, name) => Math.max(largest, checkpointSizeOf(name) ?? 0), 0);
  if (newest === 0) return undefined;
  const [certificate, checkpoint] = await Promise.all(
    [certificateName, checkpointName(newest)].map((name) => readFile(path.join(folder, name), 'utf8')),
  );
  return { certificate, checkpoint };
}

/** None when it is no folder, or not there. */
async function namesIn(folder: string, isName: (name: string) => boolean): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter(isName);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw error;
  }
}
