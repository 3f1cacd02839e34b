/** Rounds made into what a person reads: a line per case and target, ratios only between rounds of the same number. */
import { median, type Spread, spread } from '../measure/statistics.ts';
import { type Part, parts } from '../targets/target.ts';
import type { Threads } from './cost.ts';
import type { Round } from './round.ts';

export const yardstickName = 'no-op';

export interface Line {
  readonly case: string;
  readonly target: string;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicros: Readonly<Partial<Record<Part, number>>>;
  /** Medians by thread. */
  readonly threadMicros: Readonly<Partial<Record<Part, Threads>>>;
  readonly serverMicros: Spread;
  /** Server CPU over that of the yardstick in the round of the same number. Absent where there is no server. */
  readonly ratio?: Spread;
  readonly residentMiB: Readonly<Partial<Record<Part, number>>>;
}

const toMiB = (bytes: number | undefined): number | undefined => (bytes === undefined ? undefined : bytes / (1 << 20));

export function summarise(rounds: readonly Round[]): Line[] {
  const keys = new Map(rounds.map((round) => [`${round.case} ${round.target}`, round]));
  return [...keys.values()].map((key) => {
    const own = rounds.filter((round) => round.case === key.case && round.target === key.target);
    const middle = (read: (round: Round) => number): number => median(own.map(read));
    const perPart = (read: (round: Round, part: Part) => number | undefined) =>
      Object.fromEntries(
        parts.flatMap((part) => {
          const values = own.flatMap((round) => read(round, part) ?? []);
          return values.length === 0 ? [] : [[part, median(values)]];
        }),
      );
    const ratios = own.flatMap((round) => ratioOf(round, rounds) ?? []);
    return {
      case: key.case,
      target: key.target,
      perSecond: middle((round) => round.perSecond),
      p50Ms: middle((round) => round.p50Ms),
      p99Ms: middle((round) => round.p99Ms),
      cpuMicros: perPart((round, part) => round.cpuMicros[part]),
      threadMicros: threadsOf(own),
      serverMicros: spread(own.map((round) => round.serverMicros)),
      ...(ratios.length === 0 ? {} : { ratio: spread(ratios) }),
      residentMiB: perPart((round, part) => toMiB(round.residentBytesAfter[part])),
    };
  });
}

function threadsOf(rounds: readonly Round[]): Line['threadMicros'] {
  const threads = parts.flatMap((part) => {
    const names = new Set(rounds.flatMap(({ threadMicros }) => Object.keys(threadMicros[part] ?? {})));
    const medians = [...names].map((name) => {
      return [name, median(rounds.map(({ threadMicros }) => threadMicros[part]?.[name] ?? 0))] as const;
    });
    return medians.length === 0 ? [] : [[part, Object.fromEntries(medians)] as const];
  });
  return Object.fromEntries(threads);
}

function ratioOf(round: Round, rounds: readonly Round[]): number | undefined {
  const measure = rounds.find(
    (other) => other.case === round.case && other.round === round.round && other.target === yardstickName,
  );
  return measure === undefined || round.serverMicros === 0 ? undefined : round.serverMicros / measure.serverMicros;
}
