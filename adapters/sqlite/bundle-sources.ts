/** Ledgers of a bundle: docs/ledger-format.md, "Bundle". A line at a time, whatever the size of the file. */
import fs from 'node:fs';
import path from 'node:path';
import { isLedgerId } from '@countersign/core/ledger/ledger-id.ts';
import type { Json, JsonObject, RecordType } from '@countersign/core/ledger/record.ts';
import type { BareRow } from '@countersign/core/ledger/row.ts';
import { isObject } from '@countersign/core/ledger/stored-record.ts';
import { type LedgerSource, type OpenedLedger, type ReplicaSource, witnessTypes } from './ledger-sources.ts';
import { certificateRow, checkpointRow } from './note-rows.ts';

/** Why a file is no bundle, or not a whole one. */
export class BundleError extends Error {}

/** A record as a JSON string within a line: its bytes, each escaped in the worst case. */
const maxLineBytes = 8 * 1024 * 1024;
const readBytes = 256 * 1024;
const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads it once, to its end. @throws BundleError */
export function bundleSources(file: string): readonly ReplicaSource[] {
  const ledgers: LedgerSource[] = [];
  const ids = new Set<string>();
  let records = 0;
  let end: unknown;
  let isFirst = true;
  for (const { line, next } of linesOf(file, 0)) {
    if (isFirst !== (line['bundle'] === 'countersign ledgers v1')) throw new BundleError(`${file} is not a bundle`);
    if (end !== undefined) throw new BundleError(`${file} goes on after its end`);
    if (!isLine(line, ids)) throw new BundleError(`${file} has a line that is none of a bundle`);
    isFirst = false;
    const { ledger, record } = line;
    if (typeof ledger === 'string') {
      ids.add(ledger);
      ledgers.push(ledgerSource(file, ledger, line, next));
    }
    if (record !== undefined) records++;
    end = line['end'];
  }
  if (!isObject(end) || end['ledgers'] !== ledgers.length || end['records'] !== records) {
    throw new BundleError(`${file} was cut off, or is not what was exported: its end is missing, or counts otherwise`);
  }
  const replicas = Map.groupBy(ledgers, ({ id }) => path.dirname(id));
  return [...replicas.values()].map((ofReplica) => ({ isWriting: () => false, ledgers: () => ofReplica }));
}

const ofLedger: ReadonlySet<string> = new Set(['ledger', 'certificate', 'tip', 'pruned']);

/** What no verifier looks at would be in what was verified, and nobody would have verified it. */
function isLine(line: JsonObject, before: ReadonlySet<string>): boolean {
  const { ledger, record } = line;
  const names = Object.keys(line);
  if (ledger !== undefined) return isNew(ledger, before) && names.every((name) => ofLedger.has(name));
  if (names.length !== 1) return false;
  if (record !== undefined) return before.size > 0 && typeof record === 'string' && record.isWellFormed();
  return 'bundle' in line || 'end' in line || ('checkpoint' in line && before.size > 0);
}

function isNew(ledger: Json | undefined, before: ReadonlySet<string>): boolean {
  return typeof ledger === 'string' && isLedgerId(ledger) && !before.has(ledger);
}

function ledgerSource(file: string, id: string, head: JsonObject, offset: number): LedgerSource {
  const open = (): OpenedLedger => ({
    faults: () => [],
    sealRows: () => ({
      certificates: [certificateRow(head['certificate'])],
      tips: [checkpointRow(head['tip'])],
      published: publishedIn(file, offset),
    }),
    rows: () => rowsIn(file, offset),
    pruned: () => head['pruned'],
    blocks: undefined,
    witnesses: () => valuesIn(file, offset, witnessTypes),
    ofTypes: (types) => valuesIn(file, offset, types),
    close: () => undefined,
  });
  return { id, file, open };
}

function* publishedIn(file: string, offset: number) {
  let number = 0;
  for (const line of ledgerLines(file, offset)) {
    if ('checkpoint' in line) yield { number: number++, ...checkpointRow(line['checkpoint']) };
  }
}

function* rowsIn(file: string, offset: number): Generator<BareRow> {
  for (const line of ledgerLines(file, offset)) {
    const { record } = line;
    if (record !== undefined) yield { value: typeof record === 'string' ? utf8.encode(record) : undefined };
  }
}

/** By what a record ends with, as its members are sorted: most of them need not be parsed. */
function* valuesIn(file: string, offset: number, types: readonly RecordType[]): Generator<Uint8Array> {
  const ends = types.map((type) => `"type":"${type}","v":1}`);
  for (const { record } of ledgerLines(file, offset)) {
    if (typeof record === 'string' && ends.some((end) => record.endsWith(end))) yield utf8.encode(record);
  }
}

/** Up to where the next ledger begins. */
function* ledgerLines(file: string, offset: number): Generator<JsonObject> {
  for (const { line } of linesOf(file, offset)) {
    if ('ledger' in line || 'end' in line) return;
    yield line;
  }
}

/** Each line from an offset on, and where the one after it begins. @throws BundleError */
function* linesOf(file: string, offset: number): Generator<{ readonly line: JsonObject; readonly next: number }> {
  const descriptor = fs.openSync(file, 'r');
  try {
    let rest = Buffer.alloc(0);
    let next = offset;
    for (let position = offset; ; ) {
      const part = Buffer.alloc(readBytes);
      const count = fs.readSync(descriptor, part, 0, readBytes, position);
      position += count;
      rest = Buffer.concat([rest, part.subarray(0, count)]);
      for (let at = rest.indexOf(0x0a); at >= 0; at = rest.indexOf(0x0a)) {
        next += at + 1;
        yield { line: parseLine(file, rest.subarray(0, at)), next };
        rest = rest.subarray(at + 1);
      }
      if (count === 0 && rest.length > 0) throw new BundleError(`${file} ends within a line`);
      if (count === 0) return;
      if (rest.length > maxLineBytes) throw new BundleError(`${file} has a line that is too long`);
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

function parseLine(file: string, bytes: Buffer): JsonObject {
  let line: unknown;
  try {
    line = JSON.parse(strictUtf8.decode(bytes));
  } catch {
    throw new BundleError(`${file} has a line that is not JSON`);
  }
  if (!isObject(line)) throw new BundleError(`${file} has a line that is not an object`);
  return line;
}
