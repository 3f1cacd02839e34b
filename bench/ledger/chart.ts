/** How many records become durable in a second and how long they wait, how many are verified, and what sealing costs. */
import type { Machine } from '../measure/machine.ts';
import type { RecordLine } from '../records/measure.ts';
import { bar, colours, line, svg, text } from '../report/svg.ts';
import { type Appends, budgets, per2KiB, type Verified } from './figures.ts';

export interface LedgerChart {
  readonly appends: readonly Appends[];
  readonly verified: Verified;
  readonly sealed: readonly RecordLine[];
  readonly machine: Machine;
}

interface Row {
  readonly name: string;
  readonly value: number;
  readonly figures: string;
}

const width = 960;
const left = 250;
const right = 600;
const rowHeight = 24;
const barHeight = 14;

export function ledgerChart({ appends, verified, sealed, machine }: LedgerChart): string {
  const rates = appends.map(
    ({ writers, perSecond, p50Ms, p99Ms }): Row => ({
      name: nameOf(writers),
      value: perSecond,
      figures: `${whole(perSecond)} a second · p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`,
    }),
  );
  const callers = appends.map(
    (each): Row => ({
      name: nameOf(each.writers),
      value: per2KiB(each),
      figures: `${per2KiB(each).toFixed(1)} µs`,
    }),
  );
  const { perSecond, bytes, cpuMicros } = verified;
  const spread = `(${whole(perSecond.min)}–${whole(perSecond.max)}) · ${cpuMicros.median.toFixed(1)} µs CPU each`;
  const verifying = [
    { name: `${bytes} bytes of file each`, value: perSecond.median, figures: `${whole(perSecond.median)} ${spread}` },
  ];
  const sealing = sealed.map(
    ({ record, micros }): Row => ({ name: record, value: micros.median, figures: `${micros.median.toFixed(0)} µs` }),
  );
  const shapes = [
    text(24, 34, 'The ledger: durable appends, verification, sealing', { size: 18, bold: true }),
    text(24, 54, 'A line across bars is the budget.', { fill: colours.faint }),
  ];
  let y = 86;
  y = group('Durable records a second; each writer waits for its record', rates, y, shapes);
  y = group("CPU of the caller's thread for 2 KiB of record", callers, y, shapes, budgets.callerMicrosPer2KiB);
  y = group('Verified, records a second', verifying, y, shapes, budgets.verifiedPerSecond);
  y = group('A sealed part of a payload, CPU', sealing, y, shapes);
  const { cores, model, node, filesystem, commit } = machine;
  const about = `${cores} cores of ${model}, Node ${node}, ${filesystem}, commit ${commit}`;
  shapes.push(text(24, y, about, { size: 11, fill: colours.faint }));
  return svg(width, y + 20, 'Speed of the ledger', shapes);
}

const nameOf = (writers: number): string => (writers === 1 ? '1 writer' : `${writers} writers`);
const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

function group(title: string, rows: readonly Row[], top: number, shapes: string[], budget?: number): number {
  const max = Math.max(1, budget ?? 0, ...rows.map(({ value }) => value));
  const x = (value: number): number => left + (value / max) * (right - left);
  const first = top + 14;
  const end = first + rows.length * rowHeight;
  shapes.push(text(24, top, title, { size: 13, bold: true }));
  for (const [index, { name, value, figures }] of rows.entries()) {
    const y = first + index * rowHeight;
    shapes.push(
      text(left - 8, y + 11, name, { anchor: 'end' }),
      bar(left, y, x(value) - left, barHeight, colours.proc, figures),
      text(right + 10, y + 11, figures, { size: 11 }),
    );
  }
  if (budget !== undefined) shapes.push(line(x(budget), first - 4, x(budget), end - 4, colours.authz, 2));
  return end + 30;
}
