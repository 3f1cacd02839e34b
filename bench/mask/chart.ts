/** Speed of ours and of the yardstick, case by case, and of every hostile alphabet. */
import type { Machine } from '../measure/machine.ts';
import { bar, colours, line, svg, text } from '../report/svg.ts';
import type { AdversarialLine, Line } from './measure.ts';
import { budgets } from './targets.ts';

const width = 960;
const left = 220;
const right = 700;
const rowHeight = 22;
const barHeight = 7;

export interface MaskChart {
  readonly lines: readonly Line[];
  readonly adversarial: readonly AdversarialLine[];
  readonly machine: Machine;
  readonly rounds: number;
}

interface Row {
  readonly name: string;
  readonly ours: number;
  readonly yardstick: number;
  readonly figures: string;
}

export function maskChart({ lines, adversarial, machine, rounds }: MaskChart): string {
  const rows = lines.map(
    ({ corpus, bytes, oursMBps, yardstickMBps, ratio, undisturbed }): Row => ({
      name: `${corpus}, ${bytes >= 1 << 20 ? '1 MiB' : `${bytes >> 10} KiB`}`,
      ours: oursMBps.median,
      yardstick: yardstickMBps.median,
      figures: `${undisturbed.toFixed(2)} × RE2 · ${ratio.median.toFixed(2)} in the median (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`,
    }),
  );
  const hostile = adversarial.map(
    ({ alphabet, oursMBps, yardstickMBps, growth }): Row => ({
      name: alphabet,
      ours: oursMBps,
      yardstick: yardstickMBps,
      figures: `${oursMBps.toFixed(0)} MB/s · twice the bytes: ${growth.toFixed(2)} × the time`,
    }),
  );
  const max = Math.max(1, ...[...rows, ...hostile].flatMap(({ ours, yardstick }) => [ours, yardstick]));
  const x = (speed: number): number => left + (speed / max) * (right - left);
  const shapes = [
    text(24, 34, 'Masking: found, checked, written over, against RE2 in C++ that only finds', { size: 18, bold: true }),
    text(
      24,
      54,
      `MB/s of one thread, median of ${rounds} rounds. Ratios: of the fastest round of each; the median, with the lowest and highest.`,
      {
        fill: colours.faint,
      },
    ),
    bar(24, 68, 12, 12, colours.proc, 'ours'),
    text(42, 79, 'ours: full mask'),
    bar(160, 68, 12, 12, colours.envoy, 'RE2'),
    text(178, 79, 'RE2 in C++: find all, the same alternation'),
  ];
  let y = 112;
  y = group('Bodies', rows, y, x, shapes);
  const top = y;
  y = group('Hostile alphabets, 64 KiB, best pass', hostile, y, x, shapes);
  const floor = x(budgets.adversarialMBps);
  shapes.push(line(floor, top + 8, floor, y - 24, colours.authz));
  const { cores, model, node, commit } = machine;
  shapes.push(
    text(24, y, `${cores} cores of ${model}, Node ${node}, commit ${commit}`, { size: 11, fill: colours.faint }),
  );
  return svg(width, y + 20, 'Speed of masking', shapes);
}

function group(
  title: string,
  rows: readonly Row[],
  top: number,
  x: (speed: number) => number,
  shapes: string[],
): number {
  shapes.push(text(24, top, title, { size: 13, bold: true }));
  for (const [index, { name, ours, yardstick, figures }] of rows.entries()) {
    const y = top + 14 + index * rowHeight;
    shapes.push(
      text(left - 8, y + 11, name, { anchor: 'end' }),
      bar(left, y, x(ours) - left, barHeight, colours.proc, `${ours.toFixed(0)} MB/s`),
      bar(left, y + barHeight, x(yardstick) - left, barHeight, colours.envoy, `${yardstick.toFixed(0)} MB/s`),
      text(right + 10, y + 11, figures, { size: 11 }),
    );
  }
  return top + 14 + rows.length * rowHeight + 34;
}
