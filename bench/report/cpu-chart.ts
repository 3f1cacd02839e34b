/** CPU of each target, case by case: Envoy's part and the servers' in one bar, the ratio to the yardstick beside it. */
import type { Case } from '../calls/cases.ts';
import type { Line } from '../calls/summary.ts';
import type { Machine } from '../measure/machine.ts';
import { parts } from '../targets/target.ts';
import { axisSteps, bar, colours, line, svg, text } from './svg.ts';

const width = 960;
const left = 130;
const right = 710;
const rowHeight = 24;
const barHeight = 16;

export interface CpuChart {
  readonly cases: readonly Case[];
  readonly lines: readonly Line[];
  readonly machine: Machine;
  readonly rounds: number;
  /** Of all cores, in the round where it was most. */
  readonly foreignShare: number;
}

export function cpuChart({ cases, lines, machine, rounds, foreignShare }: CpuChart): string {
  const shapes = [
    text(24, 34, 'CPU per call, and per event of a stream', { size: 18, bold: true }),
    text(24, 54, `Median of ${rounds} rounds; the black line is the range of authz + proc, from where Envoy ends.`, {
      fill: colours.faint,
    }),
    ...legend(74),
  ];
  let y = 122;
  for (const on of cases) {
    const own = lines.filter((each) => each.case === on.name);
    if (own.length === 0) continue;
    shapes.push(...group(on, own, y));
    y += 24 + own.length * rowHeight + 44;
  }
  const { cores, model, kernel, filesystem, node, envoy, commit } = machine;
  const where = `${cores} cores of ${model}, Linux ${kernel}, ${filesystem}, Node ${node}, Envoy ${envoy}, commit ${commit}`;
  const busy = `other processes took up to ${(foreignShare * 100).toFixed(0)} % of the machine in a round`;
  shapes.push(text(24, y, `${where}; ${busy}`, { size: 11, fill: colours.faint }));
  return svg(width, y + 20, 'CPU per call', shapes);
}

function legend(y: number): string[] {
  return parts.flatMap((part, index) => [
    bar(24 + index * 90, y, 12, 12, colours[part], part),
    text(42 + index * 90, y + 11, part),
  ]);
}

function group(on: Case, own: readonly Line[], top: number): string[] {
  const envoyOf = (each: Line): number => each.cpuMicros.envoy ?? 0;
  const max = Math.max(...own.map((each) => envoyOf(each) + each.serverMicros.max)) * 1.02;
  const x = (micros: number): number => left + (micros / max) * (right - left);
  const bottom = top + 12 + own.length * rowHeight;
  const steps = axisSteps(max).flatMap((step) => [
    line(x(step), top + 10, x(step), bottom, colours.grid),
    text(x(step), bottom + 14, step.toLocaleString('en'), { anchor: 'middle', size: 11, fill: colours.faint }),
  ]);
  const rows = own.flatMap((each, index) => row(each, top + 14 + index * rowHeight, x));
  return [text(24, top, `${on.title} · µs per ${on.unit}`, { size: 13, bold: true }), ...steps, ...rows];
}

function row(each: Line, y: number, x: (micros: number) => number): string[] {
  const { cpuMicros, serverMicros, ratio, target } = each;
  const shapes = [text(left - 8, y + 12, target, { anchor: 'end' })];
  let from = 0;
  for (const part of parts) {
    const micros = cpuMicros[part] ?? 0;
    shapes.push(
      bar(x(from), y, x(from + micros) - x(from), barHeight, colours[part], `${part}: ${micros.toFixed(0)} µs`),
    );
    from += micros;
  }
  if (ratio === undefined) return shapes;
  const envoy = cpuMicros.envoy ?? 0;
  const middle = y + barHeight / 2;
  shapes.push(line(x(envoy + serverMicros.min), middle, x(envoy + serverMicros.max), middle, colours.text, 2));
  const figures = `${serverMicros.median.toFixed(0)} µs · ${ratio.median.toFixed(2)} × no-op (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`;
  shapes.push(text(right + 10, y + 12, figures));
  return shapes;
}
