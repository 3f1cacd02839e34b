/** What `ledger verify` believes besides the ledgers themselves, and what it says about that. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { openAnchorFolder } from '@countersign/adapters/anchor/folder-reader.ts';
import { loadKey } from '@countersign/adapters/keys/key-file.ts';
import { createLedgerKey } from '@countersign/adapters/keys/ledger-key.ts';
import { systemHash } from '@countersign/adapters/process/system.ts';
import type { Audit, Trust } from '@countersign/adapters/sqlite/ledger-audit.ts';
import { formatNoteKey, type NoteKey, parseNoteKey } from '@countersign/core/ledger/notes/note.ts';
import { readConfiguration, UsageError } from '../up/configuration.ts';

export interface Trusted {
  readonly pinned: readonly string[];
  /** Long-term keys that the ledgers name; with pinned ones, those of them that were used. */
  readonly carried: readonly string[];
  readonly anchor: { readonly place: string; readonly ledgers: number } | undefined;
}

/** @throws UsageError */
export function readTrust({ key, anchor }: { readonly key: readonly string[]; readonly anchor?: string }): Trust {
  return { pinned: key.flatMap(readKeys), anchor: anchor === undefined ? undefined : openAnchor(anchor) };
}

export function trustedBy({ ledgers }: Audit, { pinned, anchor }: Trust, place: string | undefined): Trusted {
  const issuers = ledgers.flatMap(({ certificate }) => certificate?.issuer ?? []);
  return {
    pinned: pinned.map(line),
    carried: [...new Set(issuers.map(line))],
    anchor:
      anchor === undefined || place === undefined
        ? undefined
        : { place: resolve(place), ledgers: anchor.ledgers().length },
  };
}

/** @throws UsageError */
export function publicKeyLine(config: string): string {
  const file = readConfiguration(config).keys.ledger;
  const key = loadKey(file);
  if (!key.ok) throw new UsageError(`${file}: ${key.error.reason}`);
  return line(createLedgerKey(key.value).key);
}

const line = (key: NoteKey): string => formatNoteKey(systemHash, key);

/** A key itself, or the path of a file with one on each line. */
function readKeys(given: string): readonly NoteKey[] {
  const file = statSync(given, { throwIfNoEntry: false });
  if (file?.isDirectory() === true) throw new UsageError(`--key ${given}: a folder, and no file with keys`);
  const lines = file === undefined ? [given] : readFileSync(given, 'utf8').split('\n');
  const keys = lines
    .filter((text) => text.trim() !== '')
    .map((text) => {
      const key = parseNoteKey(systemHash, text.trim());
      if (key === undefined) throw new UsageError(`--key ${given}: not a key as 'countersign ledger key' prints it`);
      return key;
    });
  if (keys.length === 0) throw new UsageError(`--key ${given}: no key in it`);
  return keys;
}

function openAnchor(place: string): Trust['anchor'] {
  const anchor = openAnchorFolder(place);
  if (anchor === undefined) throw new UsageError(`--anchor ${place}: no such folder`);
  return anchor;
}
