/** Real ledgers to tamper with: three runs of one replica, the second of a thousand records, another replica that saw it, an anchor. */

import { createSecretKey } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createFolderAnchor } from '@countersign/adapters/anchor/folder.ts';
import { createLedgerKey } from '@countersign/adapters/keys/ledger-key.ts';
import { ledgerKeyForTests } from '@countersign/adapters/keys/test/ledger-key.ts';
import { createIds, systemClock, systemHash } from '@countersign/adapters/process/system.ts';
import { type OpenLedger, openLedger } from '@countersign/adapters/sqlite/ledger.ts';
import { toBase64Url } from '@countersign/core/base64.ts';
import { leafOf } from '@countersign/core/ledger/chain.ts';
import { parseCheckpoint } from '@countersign/core/ledger/notes/checkpoint.ts';
import { exactBase64, parseNote } from '@countersign/core/ledger/notes/note.ts';
import type { Publication } from '@countersign/core/ledger/publication.ts';
import type { RecordDraft } from '@countersign/core/ledger/record.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { witnessedData } from '@countersign/core/ledger/witness.ts';
import type { KeyProvider } from '@countersign/core/ports.ts';

export const key = ledgerKeyForTests;
export const otherKey = createLedgerKey({ id: '', secret: createSecretKey(Buffer.alloc(32, 9)) });

export interface Evidence {
  readonly directory: string;
  readonly anchor: string;
  /** Of the replica that is tampered with, oldest first. */
  readonly ledgers: readonly { readonly id: string; readonly file: string }[];
}

export const service = 'proc-service';
export const recordsOfTheSecond = 1000;

export interface Writing {
  readonly directory: string;
  readonly replica: string;
  readonly keys?: KeyProvider;
  readonly ulid?: string;
  readonly onPublished?: (publication: Publication) => void;
}

export function write({ directory, replica, keys = key, ulid, onPublished }: Writing): Promise<OpenLedger> {
  const silent = (): void => undefined;
  return openLedger({
    directory,
    service,
    replica,
    clock: systemClock,
    ids: ulid === undefined ? createIds() : { ulid: () => ulid },
    partitions: 4,
    version: '0.0.0-test',
    keys,
    onFatal: (error) => {
      throw error;
    },
    ...(onPublished && { onPublished }),
    log: { info: silent, warn: silent, error: silent },
  });
}

export function draft(type: RecordDraft['type'], session: string | undefined, data: RecordDraft['data']): RecordDraft {
  return { type, time: isoTime(systemClock.now()), data, ...(session === undefined ? {} : { session }) };
}

/** `ledger.opened` and `ledger.closed` count as well. */
export async function writeRun(ledger: OpenLedger, records: number): Promise<void> {
  const drafts = Array.from({ length: records - 2 }, (_, n) => {
    const session = `01M83J0V1F${String(Math.floor(n / 3)).padStart(16, '0')}`;
    const type = (['session.opened', 'payload.part', 'session.closed'] as const)[n % 3] ?? 'session.closed';
    const isCut = n === records - 3 || n === records - 4;
    return draft(isCut ? 'session.denied' : type, session, { n, subject: 'ana', text: 'tab\t€"', list: [true, null] });
  });
  for (let from = 0; from < drafts.length; from += 100) await ledger.append(drafts.slice(from, from + 100));
  await ledger.close('done');
}

export async function makeEvidence(t: { after(cleanUp: () => void): void }): Promise<Evidence> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-evidence-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const directory = path.join(folder, 'ledgers');
  const anchor = path.join(folder, 'anchor');
  const published: Publication[] = [];
  const onPublished = (publication: Publication): void => void published.push(publication);
  const ledgers = [];
  for (const records of [5, recordsOfTheSecond, 8]) {
    const ledger = await write({ directory, replica: 'p1', onPublished });
    await writeRun(ledger, records);
    ledgers.push({ id: ledger.id, file: ledger.file });
  }
  const witness = await write({ directory, replica: 'p2' });
  await witness.append([draft('ledger.witnessed', undefined, witnessedData(published.flatMap(headOf)))]);
  await witness.close('done');
  const kept = createFolderAnchor(anchor);
  for (const publication of published) await kept.keep(publication);
  return { directory, anchor, ledgers };
}

function headOf({ ledger, size, checkpoint }: Publication) {
  const note = parseNote(checkpoint);
  const root = exactBase64((note && parseCheckpoint(note)?.root) ?? '');
  return root ? [{ ledger, size, root: toBase64Url(root) }] : [];
}

/** A copy that a case may do anything to. */
export function copyOf({ directory, anchor, ledgers }: Evidence, to: string): Evidence {
  fs.cpSync(directory, path.join(to, 'ledgers'), { recursive: true });
  fs.cpSync(anchor, path.join(to, 'anchor'), { recursive: true });
  const moved = (file: string): string => path.join(to, 'ledgers', path.relative(directory, file));
  return {
    directory: path.join(to, 'ledgers'),
    anchor: path.join(to, 'anchor'),
    ledgers: ledgers.map(({ id, file }) => ({ id, file: moved(file) })),
  };
}

export function change(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.function('leaf_of', (value) => leafOf(systemHash, Buffer.from(String(value))));
  db.exec(sql);
  db.close();
}
