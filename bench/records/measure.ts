/** CPU time of one record, over and over. */
import { toBatch, toBatchEntry } from '@countersign/adapters/sqlite/ledger-batch.ts';
import type { RecordDraft } from '@countersign/core/ledger/record.ts';
import { type Spread, spread } from '../measure/statistics.ts';

export interface RecordLine {
  readonly record: string;
  readonly bytes: number;
  /** Made, serialised, and copied into the buffer that goes to the other thread. */
  readonly micros: Spread;
}

export const perRound = 20_000;
/** A round of large records takes as long as one of small ones. */
const perRoundOf = (bytes: number): number => Math.min(perRound, Math.ceil((perRound * 4096) / bytes));

export function lineText({ record, bytes, micros }: RecordLine): string {
  const times = `${micros.median.toFixed(1)} µs (${micros.min.toFixed(1)}–${micros.max.toFixed(1)})`;
  return `${record.padEnd(32)} ${String(bytes).padStart(5)} bytes  ${times}`;
}

export function measure(record: string, make: () => RecordDraft, rounds: number): RecordLine {
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
