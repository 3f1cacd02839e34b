/** What the data path may cost, and whether it did; for the policy of ten rules, as a warm median of the run. */
import type { Spread } from '../measure/statistics.ts';
import type { Line } from './summary.ts';

export interface Verdict {
  readonly case: string;
  readonly what: string;
  readonly max: number;
  readonly measured: Spread;
  readonly held: boolean;
}

export const judgedTarget = 'ours, 10 rules';

const budgets: readonly {
  readonly case: string;
  readonly of: 'ratio' | 'serverMicros';
  readonly max: number;
  readonly what: string;
}[] = [
  { case: '4k-c16', of: 'ratio', max: 1, what: 'server CPU per masked call of 4 KB, × no-op' },
  { case: '64k-c16', of: 'ratio', max: 1.1, what: 'server CPU per masked call of 64 KB, × no-op' },
  { case: 'sse', of: 'serverMicros', max: 60, what: 'server CPU per masked event, µs' },
];

/** Only of what was measured. */
export function judge(lines: readonly Line[]): Verdict[] {
  return budgets.flatMap(({ case: name, of, max, what }) => {
    const measured = lines.find((line) => line.case === name && line.target === judgedTarget)?.[of];
    return measured === undefined ? [] : [{ case: name, what, max, measured, held: measured.median <= max }];
  });
}

export function formatVerdict({ what, max, measured, held }: Verdict): string {
  const [median, min, worst] = [measured.median, measured.min, measured.max].map((value) => value.toFixed(2));
  return `${held ? 'held  ' : 'MISSED'}  ${what}: ${median} (${min}–${worst}), budget ${max}`;
}
