/** `npm run bench -- streams`: what a thousand answers at once, and one very long one, cost proc-service in memory. */
import { peakResidentBytes, resetPeak, residentBytes } from '../measure/proc-files.ts';
import { describeMachine, writeResult } from '../report/result-file.ts';
import { onField } from '../targets/field.ts';
import { startOurs } from '../targets/ours.ts';
import { streamsPolicy } from '../targets/policy.ts';
import { type Part, parts } from '../targets/target.ts';
import type { CallName } from '../traffic/order.ts';

export interface StreamsOptions {
  readonly concurrent: number;
  readonly warmSeconds: number;
  readonly out: string;
}

const maxGrowthMiB = 100;
/** Each connection makes one call; the clock only ends what hangs. */
const maxSeconds = 600;

interface Growth {
  readonly part: Part;
  readonly beforeMiB: number;
  readonly peakMiB: number;
}
interface Measured {
  readonly name: string;
  readonly completed: number;
  readonly seconds: number;
  readonly errors: readonly (readonly [string, number])[];
  readonly growth: readonly Growth[];
}

/** @returns whether every byte arrived and memory stayed within its limit */
export async function benchStreams({ concurrent, warmSeconds, out }: StreamsOptions): Promise<boolean> {
  const startedAt = new Date();
  const machine = describeMachine();
  return onField({ gateSize: concurrent }, async (field) => {
    const ours = await field.add(startOurs(field.traffic.modelPort, 'ours', streamsPolicy()));
    const { port, token, pids } = ours;
    const measure = async (name: string, call: CallName, connections: number): Promise<Measured> => {
      const before = new Map(parts.map((part) => [part, residentBytes(pids[part] ?? 0) / (1 << 20)]));
      for (const part of parts) resetPeak(pids[part] ?? 0);
      const lanes = [{ connections, calls: [call] }];
      const load = await field.traffic.send({ port, token, lanes, maxSeconds, maxCalls: connections });
      const growth = parts.map((part) => ({
        part,
        beforeMiB: before.get(part) ?? Number.NaN,
        peakMiB: peakResidentBytes(pids[part] ?? 0) / (1 << 20),
      }));
      return { name, completed: load.completed, seconds: load.elapsedMs / 1000, errors: load.errors, growth };
    };
    // A process that has just started grows with its first calls, whatever they are: code is compiled, pools fill.
    await field.traffic.send({ port, token, lanes: [{ connections: 16, calls: ['4k'] }], maxSeconds: warmSeconds });
    const measured = [
      // First, as memory that the many leave behind would hide what the one takes.
      await measure('one answer of 1 GiB', 'gibibyte', 1),
      await measure(`${concurrent} answers of 1 MiB at once`, 'mebibyte', concurrent),
    ];
    for (const each of measured) report(each);
    const held = measured.every(
      (each) => each.errors.length === 0 && each.completed > 0 && procGrowthMiB(each) <= maxGrowthMiB,
    );
    console.log(held ? `held: proc-service grew by at most ${maxGrowthMiB} MiB` : 'MISSED');
    writeResult(out, { kind: 'streams', startedAt, machine, data: { measured, maxGrowthMiB, held } });
    return held;
  });
}

const grownMiB = ({ beforeMiB, peakMiB }: Growth): number => peakMiB - beforeMiB;

function procGrowthMiB({ growth }: Measured): number {
  return Math.max(...growth.filter(({ part }) => part === 'proc').map(grownMiB));
}

function report({ name, completed, seconds, errors, growth }: Measured): void {
  console.log(`\n${name}: ${completed} arrived whole in ${seconds.toFixed(1)} s`);
  for (const [what, count] of errors) console.log(`ERROR ${count} × ${what}`);
  for (const each of growth) {
    const [before, peak, grown] = [each.beforeMiB, each.peakMiB, grownMiB(each)].map((mib) => mib.toFixed(0));
    console.log(`  ${each.part.padEnd(6)} ${before} MiB before, ${peak} at most: + ${grown} MiB`);
  }
}
