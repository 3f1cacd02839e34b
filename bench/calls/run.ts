/** `npm run bench -- calls`: every case against every target, round by round, in an order drawn anew for each round. */
import { availableParallelism } from 'node:os';
import { randomFrom, shuffled } from '../measure/statistics.ts';
import { startEnvoyAlone, startNoOpPair } from '../targets/baselines.ts';
import { startOurs } from '../targets/ours.ts';
import type { Target } from '../targets/target.ts';
import { startTraffic, type Traffic } from '../traffic/traffic.ts';
import type { Case } from './cases.ts';
import { measureRound, type Round } from './round.ts';
import { summarise } from './summary.ts';
import { formatTable } from './table.ts';

export interface CallsOptions {
  readonly cases: readonly Case[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmSeconds: number;
  readonly rules: readonly number[];
  readonly seed: number;
}

export async function benchCalls(options: CallsOptions): Promise<readonly Round[]> {
  console.log(
    `seed ${options.seed}; ${options.rounds} rounds of ${options.seconds} s after ${options.warmSeconds} s to warm up`,
  );
  const traffic = await startTraffic();
  const targets: Target[] = [];
  try {
    targets.push(await startEnvoyAlone(traffic.modelPort), await startNoOpPair(traffic.modelPort));
    for (const rules of options.rules) targets.push(await startOurs(traffic.modelPort, rules));
    return await measureAll(options, targets, traffic);
  } finally {
    await Promise.all(targets.map((target) => target.stop()));
    traffic.stop();
  }
}

async function measureAll(options: CallsOptions, targets: readonly Target[], traffic: Traffic): Promise<Round[]> {
  const random = randomFrom(options.seed);
  const ownPids = [process.pid, ...traffic.pids, ...targets.flatMap((target) => Object.values(target.pids))];
  const cores = availableParallelism();
  const rounds: Round[] = [];
  for (const on of options.cases) {
    console.log(`\n${on.name}: ${on.title}; CPU in µs per ${on.unit}`);
    const measure = (target: Target, round: number, seconds: number): Promise<Round> =>
      measureRound(on, target, traffic, { round, seconds, ownPids, cores });
    if (options.warmSeconds > 0) for (const target of targets) await measure(target, 0, options.warmSeconds);
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const target of shuffled(targets, random)) {
        const measured = await measure(target, round, options.seconds);
        for (const [what, count] of measured.errors) console.log(`ERROR ${target.name}: ${count} × ${what}`);
        rounds.push(measured);
      }
    }
    const order = new Map(targets.map((target, index) => [target.name, index]));
    const own = summarise(rounds.filter((round) => round.case === on.name));
    console.log(formatTable(own.sort((a, b) => (order.get(a.target) ?? 0) - (order.get(b.target) ?? 0))));
  }
  return rounds;
}
