/**
 * The ledgers of one moment, as one bundle in a temporary file. All that a pack tells is told from it and it goes into the pack, so
 * what was verified, what is told and what an auditor gets are the same records, although their writers go on.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FindingList } from '@countersign/core/ledger/finding-list.ts';
import type { Finding } from '@countersign/core/ledger/findings.ts';
import { bundleSources } from '../sqlite/bundle-sources.ts';
import type { LedgerSource, OpenedLedger, ReplicaSource } from '../sqlite/ledger-sources.ts';

export const bundleName = 'records.jsonl';

export interface Snapshot {
  readonly replicas: readonly ReplicaSource[];
  /** Ledgers whose replica was being written as: their end is not the end. */
  readonly writing: readonly string[];
  /** Newest ledgers of replicas of which nobody can tell that here. */
  readonly untold: readonly string[];
  /** What no bundle can carry: it is not in it. */
  readonly findings: readonly Finding[];
  readonly moreFindings: number;
  content(): Iterable<Uint8Array>;
  close(): void;
}

/** Written together: a line at a time would be a system call for each record. */
const flushAtLength = 1024 * 1024;
const readBytes = 256 * 1024;
/** Far above a record, and far below a line of a bundle however much of it is escaped. */
const maxRecordCharacters = 1_000_000;
const maxNoteCharacters = 64 * 1024;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws when there is no room for it, or the ledgers cannot be listed */
export function takeSnapshot(sources: readonly ReplicaSource[], onProgress: (records: number) => void): Snapshot {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-evidence-'));
  const close = (): void => fs.rmSync(folder, { recursive: true, force: true });
  try {
    const file = path.join(folder, bundleName);
    const { writing, untold, lists } = copy(sources, file, onProgress);
    const replicas = bundleSources(file).map(({ ledgers }): ReplicaSource => {
      // What is said of a source names the file of the pack.
      const named = ledgers().map((ledger) => ({ ...ledger, file: bundleName }));
      const isOneOf = (ids: readonly string[]): boolean => named.some(({ id }) => ids.includes(id));
      return { isWriting: () => (isOneOf(untold) ? undefined : isOneOf(writing)), ledgers: () => named };
    });
    const findings = lists.flatMap(({ found }) => found);
    const moreFindings = lists.reduce((sum, { more }) => sum + more, 0);
    return { replicas, writing, untold, findings, moreFindings, content: () => contentOf(file), close };
  } catch (error) {
    close();
    throw error;
  }
}

interface Copied {
  readonly writing: readonly string[];
  readonly untold: readonly string[];
  /** Of each ledger. */
  readonly lists: readonly FindingList[];
}

function copy(sources: readonly ReplicaSource[], file: string, onProgress: (records: number) => void): Copied {
  const writing: string[] = [];
  const untold: string[] = [];
  const lists: FindingList[] = [];
  const listed = sources.map((replica) => {
    const isWriting = replica.isWriting(); // asked first: a writer that closes its ledger meanwhile has done nothing wrong
    const ledgers = replica.ledgers();
    const newest = ledgers.at(-1);
    if (isWriting !== false && newest !== undefined) (isWriting ? writing : untold).push(newest.id);
    return ledgers;
  });
  // Those that may grow are opened together: a replica must not be found to have witnessed what another one did not have yet.
  const growing = new Map(listed.flatMap((ledgers) => ledgers.slice(-1).map((each) => [each.id, tryOpen(each)])));
  const out = new LineFile(file);
  const count = { ledgers: 0, records: 0 };
  try {
    out.add({ bundle: 'countersign ledgers v1' });
    for (const source of listed.flat()) {
      const opened = growing.get(source.id) ?? tryOpen(source);
      growing.delete(source.id);
      const findings = new FindingList(source.id);
      lists.push(findings);
      if (opened instanceof Error) findings.report('unreadable', undefined, opened.message);
      else {
        const written = copyLedger(source, opened, out, findings, () => onProgress(++count.records));
        if (written) count.ledgers++;
      }
    }
    out.add({ end: { ledgers: count.ledgers, records: count.records } });
  } finally {
    for (const opened of growing.values()) if (!(opened instanceof Error)) opened.close();
    out.close();
  }
  return { writing, untold, lists };
}

function tryOpen(source: LedgerSource): OpenedLedger | Error {
  try {
    return source.open();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** @returns whether the ledger is in the bundle, with all or some of its records */
function copyLedger(
  { id }: LedgerSource,
  opened: OpenedLedger,
  out: LineFile,
  findings: FindingList,
  onRecord: () => void,
): boolean {
  let isBegun = false;
  try {
    const { certificates, tips, published } = opened.sealRows();
    const [certificate, tip] = [noteOf(certificates[0]?.note), noteOf(tips[0]?.note)];
    out.add({ ledger: id, certificate, tip, pruned: noteOf(opened.pruned()) });
    isBegun = true;
    for (const { note } of published) out.add({ checkpoint: noteOf(note) ?? null });
    for (const { value } of opened.rows()) {
      const text = textOf(value);
      if (text === undefined) findings.report('not_utf8');
      else if (text.length > maxRecordCharacters) findings.report('not_a_record');
      else {
        out.add({ record: text });
        onRecord();
      }
    }
  } catch (error) {
    findings.report('unreadable', undefined, error instanceof Error ? error.message : String(error));
  } finally {
    opened.close();
  }
  return isBegun;
}

/** What is no note of ours is as good as none. */
const noteOf = (note: unknown): string | undefined =>
  typeof note === 'string' && note.length <= maxNoteCharacters ? note : undefined;

function textOf(value: unknown): string | undefined {
  try {
    return value instanceof Uint8Array ? utf8.decode(value) : undefined;
  } catch {
    return undefined;
  }
}

/** Owner alone, like the ledgers themselves. */
class LineFile {
  readonly #descriptor: number;
  #waiting = '';

  constructor(file: string) {
    this.#descriptor = fs.openSync(file, 'wx', 0o600);
  }

  add(line: object): void {
    this.#waiting += `${JSON.stringify(line)}\n`;
    if (this.#waiting.length >= flushAtLength) this.#flush();
  }

  close(): void {
    try {
      this.#flush();
    } finally {
      fs.closeSync(this.#descriptor);
    }
  }

  #flush(): void {
    fs.writeFileSync(this.#descriptor, this.#waiting);
    this.#waiting = '';
  }
}

function* contentOf(file: string): Generator<Uint8Array> {
  const descriptor = fs.openSync(file, 'r');
  try {
    for (;;) {
      const part = Buffer.alloc(readBytes);
      const count = fs.readSync(descriptor, part, 0, readBytes, null);
      if (count === 0) return;
      yield part.subarray(0, count);
    }
  } finally {
    fs.closeSync(descriptor);
  }
}
