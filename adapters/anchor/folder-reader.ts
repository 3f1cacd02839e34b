/** Reads a folder of anchored checkpoints (folder-layout.ts) for a verifier. What it holds may be anything: files are bounded, names are checked. */
import fs from 'node:fs';
import path from 'node:path';
import { isUlid, isWriterName, ledgerId } from '@countersign/core/ledger/ledger-id.ts';
import type { AnchoredNotes } from '@countersign/core/ledger/seal.ts';
import type { PeerNotes } from '@countersign/core/ledger/witness.ts';
import { anchoredLedgerFolder, certificateName, checkpointName, checkpointSizeOf } from './folder-layout.ts';

export interface AnchorFolder {
  ledgers(): readonly string[];
  read(ledger: string): AnchoredNotes;
  newest(ledger: string): number | undefined;
}

const maxNoteBytes = 16 * 1024;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The newest checkpoint of the newest ledger of every replica; of replicas on other hosts too, where they anchor into the same folder. */
export function anchoredPeers(directory: string, own: string): readonly PeerNotes[] {
  const folder = openAnchorFolder(directory);
  const newest = new Map((folder?.ledgers().toSorted() ?? []).map((ledger) => [path.dirname(ledger), ledger]));
  newest.delete(path.dirname(own));
  return [...newest.values()].flatMap((ledger) => {
    const size = folder?.newest(ledger);
    if (folder === undefined || size === undefined) return [];
    const place = anchoredLedgerFolder(directory, ledger);
    const checkpoint = readNote(path.join(place, checkpointName(size)));
    return [{ ledger, certificate: readNote(path.join(place, certificateName)), checkpoint }];
  });
}

/** @returns undefined when there is no such folder */
export function openAnchorFolder(directory: string): AnchorFolder | undefined {
  if (!isFolder(directory)) return undefined;
  return {
    ledgers: () => listLedgers(directory),
    newest: (ledger) => checkpointNames(anchoredLedgerFolder(directory, ledger)).at(-1)?.size,
    read(ledger) {
      const folder = anchoredLedgerFolder(directory, ledger);
      return { certificate: readNote(path.join(folder, certificateName)), checkpoints: readCheckpoints(folder) };
    },
  };
}

function listLedgers(directory: string): readonly string[] {
  const within = (place: string, isName: (name: string) => boolean): readonly string[] =>
    fs.readdirSync(place).filter((name) => isName(name) && isFolder(path.join(place, name)));
  return within(directory, isWriterName).flatMap((service) =>
    within(path.join(directory, service), isWriterName).flatMap((replica) =>
      within(path.join(directory, service, replica), isUlid).map((ulid) => ledgerId(service, replica, ulid)),
    ),
  );
}

/** By size; notes are read one at a time, when they are asked for. */
function* readCheckpoints(folder: string): Generator<{ readonly size: number; readonly note: unknown }> {
  for (const { name, size } of checkpointNames(folder)) yield { size, note: readNote(path.join(folder, name)) };
}

function checkpointNames(folder: string): readonly { readonly name: string; readonly size: number }[] {
  if (!isFolder(folder)) return [];
  return fs
    .readdirSync(folder)
    .flatMap((name) => {
      const size = checkpointSizeOf(name);
      return size === undefined ? [] : [{ name, size }];
    })
    .toSorted((a, b) => a.size - b.size);
}

/** undefined for anything that is no text of a note's size. */
function readNote(file: string): string | undefined {
  try {
    const stat = fs.statSync(file);
    if (!stat.isFile() || stat.size > maxNoteBytes) return undefined;
    return utf8.decode(fs.readFileSync(file));
  } catch {
    return undefined;
  }
}

const isFolder = (place: string): boolean => fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
