/** The summary as text. */
import type { Spread } from '../measure/statistics.ts';
import type { Line } from './summary.ts';

const headings = [
  '',
  'per s',
  'p50 ms',
  'p99 ms',
  'Envoy',
  'authz',
  'proc',
  'server µs (min–max)',
  '× no-op (min–max)',
  'MiB',
];

const whole = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(0));
const range = ({ median, min, max }: Spread, digits: number): string =>
  `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;

function cells(line: Line): string[] {
  const { cpuMicros, ratio, residentMiB } = line;
  return [
    line.target,
    whole(line.perSecond),
    line.p50Ms.toFixed(1),
    line.p99Ms.toFixed(1),
    whole(cpuMicros.envoy),
    whole(cpuMicros.authz),
    whole(cpuMicros.proc),
    ratio === undefined ? '–' : range(line.serverMicros, 0),
    ratio === undefined ? '–' : range(ratio, 2),
    Object.values(residentMiB).map(whole).join('+'),
  ];
}

export function formatTable(lines: readonly Line[]): string {
  const rows = [headings, ...lines.map(cells)];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n');
}

/** Where the servers' CPU went, largest first; threads below one percent are left out. */
export function formatThreads({ target, threadMicros, serverMicros }: Line): string {
  const all = Object.entries(threadMicros).flatMap(([part, threads]) =>
    Object.entries(threads).map(([name, micros]) => ({ name: `${part} ${name}`, micros })),
  );
  const shown = all.filter(({ micros }) => micros >= serverMicros.median / 100).sort((a, b) => b.micros - a.micros);
  return `${target}: ${shown.map(({ name, micros }) => `${name} ${micros.toFixed(0)}`).join(', ')}`;
}
