/** What the ledger may cost, and what it did. */
import type { Spread } from '../measure/statistics.ts';

export interface Appends {
  readonly writers: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU of the thread that serves calls, for each record: made, serialised, handed over, and its receipt. */
  readonly callerMicros: number;
  /** Of one record. */
  readonly bytes: number;
}

export interface Verified {
  readonly records: number;
  readonly bytes: number;
  readonly perSecond: Spread;
  /** Of all threads. */
  readonly cpuMicros: Spread;
}

export const budgets = {
  /** With as many writers as share a commit in a busy gateway. */
  callerMicrosPer2KiB: 25,
  verifiedPerSecond: 150_000,
} as const;

export const per2KiB = ({ callerMicros, bytes }: Appends): number => (callerMicros * 2048) / bytes;

/** One sentence for each that is missed. */
export function missed(appends: readonly Appends[], { perSecond }: Verified): readonly string[] {
  const busiest = appends.at(-1);
  const micros = busiest === undefined ? Number.NaN : per2KiB(busiest);
  const misses: string[] = [];
  if (!(micros <= budgets.callerMicrosPer2KiB))
    misses.push(`${micros.toFixed(1)} µs of the caller's thread for 2 KiB, at most ${budgets.callerMicrosPer2KiB}`);
  if (!(perSecond.median >= budgets.verifiedPerSecond))
    misses.push(`${Math.round(perSecond.median)} records verified a second, at least ${budgets.verifiedPerSecond}`);
  return misses;
}
