/** Results as files: the numbers, and a picture of them beside. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describeMachine, type Machine } from '../measure/machine.ts';

export interface Result {
  readonly kind: 'calls' | 'ledger' | 'mask' | 'records' | 'soak' | 'streams';
  readonly startedAt: Date;
  readonly machine: Machine;
  readonly data: object;
  readonly chart?: string;
}

/** DATE-COMMIT-KIND.json and .svg in `directory`. */
export function writeResult(directory: string, { kind, startedAt, machine, data, chart }: Result): void {
  mkdirSync(directory, { recursive: true });
  const base = join(directory, `${startedAt.toISOString().slice(0, 10)}-${machine.commit}-${kind}`);
  const written = [`${base}.json`];
  const result = { kind, startedAt: startedAt.toISOString(), machine, ...data };
  writeFileSync(`${base}.json`, `${JSON.stringify(result, rounded, 1)}\n`);
  if (chart !== undefined) {
    writeFileSync(`${base}.svg`, chart);
    written.push(`${base}.svg`);
  }
  console.log(`\nwritten: ${written.map((file) => relative(process.cwd(), file)).join(', ')}`);
}

export { describeMachine };

/** Three decimals are more than any of these measurements has. */
const rounded = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Math.round(value * 1000) / 1000 : value;
