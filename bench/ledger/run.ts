/** `npm run bench -- ledger`: how fast records become durable, and how fast they are verified. In a temporary folder on this machine's disk. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createKey } from '@countersign/adapters/keys/key-file.ts';
import { createLedgerKey } from '@countersign/adapters/keys/ledger-key.ts';
import { createIds, systemClock } from '@countersign/adapters/process/system.ts';
import { type OpenLedger, openLedger } from '@countersign/adapters/sqlite/ledger.ts';
import { auditLedgers } from '@countersign/adapters/sqlite/ledger-audit.ts';
import { toBatchEntry } from '@countersign/adapters/sqlite/ledger-batch.ts';
import { sessionOpened } from '@countersign/core/exchange/opening-records.ts';
import { scoredSession } from '@countersign/core/exchange/records.testing.ts';
import { sessionEnded } from '@countersign/core/exchange/records.ts';
import type { RecordDraft } from '@countersign/core/ledger/record.ts';
import type { KeyProvider } from '@countersign/core/ports.ts';
import { percentile, spread } from '../measure/statistics.ts';
import { lineText, measure } from '../records/measure.ts';
import { partMakers } from '../records/payload-parts.ts';
import { describeMachine, writeResult } from '../report/result-file.ts';
import { ledgerChart } from './chart.ts';
import { type Appends, missed, per2KiB, type Verified } from './figures.ts';

export interface LedgerBenchOptions {
  /** Of the ledger that is verified. */
  readonly records: number;
  readonly rounds: number;
  /** Of each number of writers. */
  readonly seconds: number;
  readonly out: string;
}

/** @returns whether what was written was verified */
export async function benchLedger({ records, rounds, seconds, out }: LedgerBenchOptions): Promise<boolean> {
  const startedAt = new Date();
  const machine = describeMachine();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-bench-ledger-'));
  try {
    const keys = createLedgerKey(createKey(path.join(folder, 'ledger.key')));
    const appends: Appends[] = [];
    for (const writers of [1, 64, 256])
      appends.push(await append(path.join(folder, `${writers}`), keys, writers, seconds));
    const verified = await verify(path.join(folder, 'verified'), keys, records, rounds);
    if (verified === undefined) return false;
    const sealed = Object.entries(await partMakers()).map(([record, make]) => measure(record, make, rounds));
    for (const each of appends) console.log(appendText(each));
    const { perSecond, cpuMicros, bytes } = verified;
    const rate = `${Math.round(perSecond.median)} records/s (${Math.round(perSecond.min)}–${Math.round(perSecond.max)})`;
    console.log(`verify        ${rate} with ${bytes} bytes of file, ${cpuMicros.median.toFixed(1)} µs CPU each`);
    for (const line of sealed) console.log(lineText(line));
    for (const sentence of missed(appends, verified)) console.log(`MISSED ${sentence}`);
    const figures = { appends, verified, sealed };
    const chart = ledgerChart({ ...figures, machine });
    writeResult(out, { kind: 'ledger', startedAt, machine, data: { seconds, rounds, ...figures }, chart });
    return true;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function appendText(appends: Appends): string {
  const { writers, perSecond, p50Ms, p99Ms, callerMicros, bytes } = appends;
  const times = `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`;
  const caller = `${callerMicros.toFixed(1)} µs of the caller's thread (${per2KiB(appends).toFixed(1)} for 2 KiB)`;
  return `${String(writers).padStart(4)} writers  ${Math.round(perSecond)} records/s of ${bytes} bytes, ${times}, ${caller}`;
}

function open(directory: string, keys: KeyProvider): Promise<OpenLedger> {
  const silent = (): void => undefined;
  return openLedger({
    directory,
    service: 'proc-service',
    replica: 'bench',
    clock: systemClock,
    ids: createIds(),
    partitions: 12,
    version: '0.0.0-bench',
    keys,
    onFatal: (error) => {
      throw error;
    },
    log: { info: silent, warn: silent, error: silent },
  });
}

const plain = (text: string): string => text;

function closedRecord(id: string): RecordDraft {
  const clock = { nowMs: systemClock.now(), monotonic: 1077.5 };
  return sessionEnded('session.closed', { ...scoredSession(), id }, { outcome: 'completed' }, clock, plain);
}

function bytesOf(record: RecordDraft): number {
  const entry = toBatchEntry(record);
  if (!entry.ok) throw new Error(entry.error.reason);
  return entry.value.bytes;
}

/** Each writer waits for its record before it makes the next, as a call does. */
async function append(directory: string, keys: KeyProvider, writers: number, seconds: number): Promise<Appends> {
  const ledger = await open(directory, keys);
  const ids = createIds();
  const bytes = bytesOf(closedRecord(ids.ulid()));
  const latencies: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  const before = process.threadCpuUsage();
  const write = async (): Promise<void> => {
    for (let at = performance.now(); at < endsAt; at = performance.now()) {
      const appended = await ledger.append([closedRecord(ids.ulid())]);
      if (!appended.ok) throw new Error(appended.error.reason);
      latencies.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  const { user, system } = process.threadCpuUsage(before);
  const elapsedSeconds = (performance.now() - startedAt) / 1000;
  await ledger.close('bench');
  return {
    writers,
    perSecond: latencies.length / elapsedSeconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    callerMicros: (user + system) / latencies.length,
    bytes,
  };
}

const recordsOfAppend = 2000;

async function verify(
  directory: string,
  keys: KeyProvider,
  records: number,
  rounds: number,
): Promise<Verified | undefined> {
  const ledger = await open(directory, keys);
  const ids = createIds();
  for (let written = 0; written < records; written += recordsOfAppend) {
    const sessions = Array.from({ length: recordsOfAppend / 2 }, () => ids.ulid());
    const now = systemClock.now();
    await ledger.append(sessions.flatMap((id) => [sessionOpened({ ...scoredSession(), id }, now), closedRecord(id)]));
  }
  await ledger.close('bench');
  const measured = Array.from({ length: rounds }, () => {
    const startedAt = performance.now();
    const before = process.cpuUsage();
    const { exitCode, ledgers } = auditLedgers(directory, () => undefined);
    const { user, system } = process.cpuUsage(before);
    const count = exitCode === 0 ? (ledgers[0]?.records ?? 0) : 0;
    return { count, perSecond: (count * 1000) / (performance.now() - startedAt), cpuMicros: (user + system) / count };
  });
  const count = measured[0]?.count ?? 0;
  if (measured.some((each) => each.count === 0)) return undefined;
  return {
    records: count,
    bytes: Math.round(fs.statSync(ledger.file).size / count),
    perSecond: spread(measured.map(({ perSecond }) => perSecond)),
    cpuMicros: spread(measured.map(({ cpuMicros }) => cpuMicros)),
  };
}
