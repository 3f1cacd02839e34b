/** `npm run bench`: every case against every target, round by round, in an order drawn anew for each round. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { randomFrom, shuffled } from '../measure/statistics.ts';
import { cpuChart } from '../report/cpu-chart.ts';
import { describeMachine, writeResult } from '../report/result-file.ts';
import { startEnvoyAlone, startNoOpPair } from '../targets/baselines.ts';
import { type Field, onField } from '../targets/field.ts';
import { startOurs } from '../targets/ours.ts';
import { policyOf } from '../targets/policy.ts';
import type { Target } from '../targets/target.ts';
import { formatVerdict, judge } from './budgets.ts';
import type { Case } from './cases.ts';
import { proveMasking } from './proof.ts';
import { measureRound, type Round } from './round.ts';
import { type Line, summarise } from './summary.ts';
import { formatTable, formatThreads } from './table.ts';

export interface CallsOptions {
  readonly cases: readonly Case[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmSeconds: number;
  /** One target for each: a policy of so many rules. */
  readonly rules: readonly number[];
  readonly seed: number;
  readonly out: string;
  /** Folder for CPU profiles of our services (`node --cpu-prof`). They cost a few percent themselves. */
  readonly profile?: string;
}

/** @returns whether every call was answered as expected; a missed budget is a result, not a failure */
export async function benchCalls(options: CallsOptions): Promise<boolean> {
  const startedAt = new Date();
  const machine = describeMachine();
  const { cases, rounds: count, seconds, warmSeconds, seed } = options;
  console.log(`seed ${seed}; ${count} rounds of ${seconds} s, after ${warmSeconds} s to warm up`);
  const { rounds, lines, problems } = await onField({}, async (field) => measureAll(options, field));
  const verdicts = judge(lines);
  console.log('');
  for (const verdict of verdicts) console.log(formatVerdict(verdict));
  for (const problem of problems) console.log(`NOT VALID  ${problem}`);
  const busiest = busiestOf(rounds);
  const chart = cpuChart({ cases, lines, machine, rounds: count, foreignShare: busiest.foreignShare });
  const data = { seed, warmSeconds, seconds, busiest, problems, verdicts, lines, rounds };
  writeResult(options.out, { kind: 'calls', startedAt, machine, data, chart });
  return problems.length === 0;
}

async function startTargets({ rules, profile }: CallsOptions, field: Field): Promise<readonly Target[]> {
  const { modelPort } = field.traffic;
  const targets = [await field.add(startEnvoyAlone(modelPort)), await field.add(startNoOpPair(modelPort))];
  if (profile !== undefined) process.env['NODE_OPTIONS'] = `--cpu-prof --cpu-prof-dir=${resolve(profile)}`;
  for (const count of rules) {
    targets.push(await field.add(startOurs(modelPort, `ours, ${count} rules`, policyOf(count))));
  }
  delete process.env['NODE_OPTIONS'];
  return targets;
}

interface Measured {
  readonly rounds: readonly Round[];
  readonly lines: readonly Line[];
  /** Anything of it, and the numbers are worth nothing. */
  readonly problems: readonly string[];
}

async function measureAll(options: CallsOptions, field: Field): Promise<Measured> {
  const targets = await startTargets(options, field);
  const random = randomFrom(options.seed);
  const where = { ownPids: await field.pids(), cores: availableParallelism() };
  const warmUp = warmer(options.warmSeconds);
  const rounds: Round[] = [];
  const lines: Line[] = [];
  const problems: string[] = [];
  for (const on of options.cases) {
    console.log(`\n${on.name}: ${on.title}; CPU in µs per ${on.unit}`);
    const measure = (target: Target, round: number, seconds: number): Promise<Round> =>
      measureRound(on, target, field.traffic, { ...where, round, seconds });
    for (const target of targets) {
      const problem = await proveMasking(target, on.call);
      if (problem !== undefined) problems.push(problem);
      await warmUp(target.name, (seconds) => measure(target, 0, seconds));
    }
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const target of shuffled(targets, random)) rounds.push(await measure(target, round, options.seconds));
    }
    const own = rounds.filter((round) => round.case === on.name);
    for (const { target, errors } of own) {
      problems.push(...errors.map(([what, count]) => `${target}: ${count} × ${what}`));
    }
    const summary = summarise(own);
    const inOrder = targets.flatMap(({ name }) => summary.filter((line) => line.target === name));
    lines.push(...inOrder);
    console.log(formatTable(inOrder));
    for (const line of inOrder) if (line.ratio !== undefined) console.log(formatThreads(line));
    console.log(formatBusy(own));
  }
  return { rounds, lines, problems };
}

/**
 * Code is compiled by how often it ran and not by how long: on a busy machine the same seconds hold a tenth of the calls. So the
 * seconds are repeated until a target has had its calls or events, in all cases together.
 */
const warmUnits = 3_000;
const maxRepeats = 10;

function warmer(seconds: number): (target: string, run: (seconds: number) => Promise<Round>) => Promise<void> {
  const had = new Map<string, number>();
  return async (target, run) => {
    if (seconds === 0) return;
    for (let repeat = 0; repeat < maxRepeats; repeat += 1) {
      const { units } = await run(seconds);
      had.set(target, (had.get(target) ?? 0) + units);
      if ((had.get(target) ?? 0) >= warmUnits) return;
    }
  };
}

/** How much there was beside the bench, at worst. */
function busiestOf(rounds: readonly Round[]): { readonly foreignShare: number; readonly load1: number } {
  return {
    foreignShare: Math.max(...rounds.map((round) => round.foreignShare)),
    load1: Math.max(...rounds.map((round) => round.load1)),
  };
}

function formatBusy(rounds: readonly Round[]): string {
  const { foreignShare, load1 } = busiestOf(rounds);
  const percent = (foreignShare * 100).toFixed(0);
  return `others took at most ${percent} % of the machine in a round; load at most ${load1.toFixed(1)}`;
}
