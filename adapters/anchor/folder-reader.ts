/** Reads a folder of anchored checkpoints (folder-layout.ts) for a verifier. What it holds may be anything: files are bounded, names are checked. */
import fs from 'node:fs';
import path from 'node:path';
import { isUlid, isWriterName, ledgerId } from '@countersign/core/ledger/ledger-id.ts';
import type { AnchoredNotes } from '@countersign/core/ledger/seal.ts';
import { anchoredLedgerFolder, certificateName, checkpointName, checkpointSizeOf } from './folder-layout.ts';

export interface AnchorFolder {
  ledgers(): readonly string[];
  read(ledger: string): AnchoredNotes;
  newest(ledger: string): number | undefined;
}

const maxNoteBytes = 16 * 1024;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * What is there now: what comes later is not seen, so a verifier that opens it before the ledgers never finds more in it than in them.
 *
 * @returns undefined when there is no such folder
 */
export function openAnchorFolder(directory: string): AnchorFolder | undefined {
  if (!isFolder(directory)) return undefined;
  const sizesOf = new Map(
    listLedgers(directory).map((ledger) => [ledger, listSizes(anchoredLedgerFolder(directory, ledger))]),
  );
  return {
    ledgers: () => [...sizesOf.keys()],
    newest: (ledger) => sizesOf.get(ledger)?.at(-1),
    read(ledger) {
      const folder = anchoredLedgerFolder(directory, ledger);
      const certificate = readNote(path.join(folder, certificateName));
      return { certificate, checkpoints: readCheckpoints(folder, sizesOf.get(ledger) ?? []) };
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

/** Notes are read one at a time, when they are asked for. */
function* readCheckpoints(folder: string, sizes: readonly number[]) {
  for (const size of sizes) yield { size, note: readNote(path.join(folder, checkpointName(size))) };
}

/** Smallest first. */
function listSizes(folder: string): readonly number[] {
  return fs
    .readdirSync(folder)
    .flatMap((name) => checkpointSizeOf(name) ?? [])
    .toSorted((a, b) => a - b);
}

/** undefined for anything that is no text of a note's size. */
function readNote(file: string): string | undefined {
  try {
    const stat = fs.lstatSync(file);
    if (!stat.isFile() || stat.size > maxNoteBytes) return undefined;
    return utf8.decode(fs.readFileSync(file));
  } catch {
    return undefined;
  }
}

const isFolder = (place: string): boolean => fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
