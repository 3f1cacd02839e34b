/** `npm run bench -- records`: what a record costs the thread that serves calls, until it is handed to the ledger's. */
import { toBatch, toBatchEntry } from '@countersign/adapters/sqlite/ledger-batch.ts';
import { sessionOpened } from '@countersign/core/exchange/opening-records.ts';
import { deniedCall, heldSession, scoredSession } from '@countersign/core/exchange/records.testing.ts';
import { sessionEnded } from '@countersign/core/exchange/records.ts';
import type { RecordDraft } from '@countersign/core/ledger/record.ts';
import { type Spread, spread } from '../measure/statistics.ts';
import { describeMachine, writeResult } from '../report/result-file.ts';
import { partMakers } from './payload-parts.ts';

export interface RecordsOptions {
  readonly rounds: number;
  readonly out: string;
}

interface Line {
  readonly record: string;
  readonly bytes: number;
  /** Made, serialised, and copied into the buffer that goes to the other thread. */
  readonly micros: Spread;
}

const perRound = 20_000;
/** A round of large records takes as long as one of small ones. */
const perRoundOf = (bytes: number): number => Math.min(perRound, Math.ceil((perRound * 4096) / bytes));

/** @returns always true: there is no promise in it */
export async function benchRecords({ rounds, out }: RecordsOptions): Promise<boolean> {
  const startedAt = new Date();
  const machine = describeMachine();
  const lines = Object.entries({ ...makers(), ...(await partMakers()) }).map(([record, make]) =>
    measure(record, make, rounds),
  );
  for (const { record, bytes, micros } of lines) {
    const times = `${micros.median.toFixed(1)} µs (${micros.min.toFixed(1)}–${micros.max.toFixed(1)})`;
    console.log(`${record.padEnd(32)} ${String(bytes).padStart(5)} bytes  ${times}`);
  }
  writeResult(out, { kind: 'records', startedAt, machine, data: { rounds, perRound, lines } });
  return true;
}

function makers(): Readonly<Record<string, () => RecordDraft>> {
  const clock = { nowMs: 1_790_000_000_200, monotonic: 1077.5 };
  const plain = (text: string): string => text;
  const [scored, held] = [scoredSession(), heldSession()];
  return {
    'session.opened': () => sessionOpened(scored, ++clock.nowMs),
    'session.closed': () => {
      clock.nowMs++;
      return sessionEnded('session.closed', scored, { outcome: 'completed' }, clock, plain);
    },
    'session.closed, approved': () => {
      clock.nowMs++;
      return sessionEnded('session.closed', held, { outcome: 'completed' }, clock, plain);
    },
    'session.denied, a stranger': () => deniedCall({}),
  };
}

function measure(record: string, make: () => RecordDraft, rounds: number): Line {
  let bytes = 0;
  const once = (): void => {
    const entry = toBatchEntry(make());
    if (!entry.ok) throw new Error(`${record}: ${entry.error.reason}`);
    bytes = toBatch([entry.value]).buffer.byteLength;
  };
  const round = (): number => {
    const count = perRoundOf(bytes);
    const since = process.cpuUsage();
    for (let done = 0; done < count; done++) once();
    const { user, system } = process.cpuUsage(since);
    return (user + system) / count;
  };
  once();
  round();
  const micros = spread(Array.from({ length: rounds }, round));
  return { record, bytes, micros };
}
