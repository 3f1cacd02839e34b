/** What masking may cost. */
import type { AdversarialLine, Line } from './measure.ts';

export interface Streaming {
  readonly eventP50Micros: number;
  readonly eventP99Micros: number;
  readonly meanHoldBytes: number;
}

export const budgets = {
  /** Full mask over RE2 in C++ at 64 KiB, at least. */
  ratioAt64KiB: { dense: 0.35, clean: 0.85, prose: 0.7 },
  adversarialMBps: 50,
  growth: 2.2,
  eventP99Micros: 50,
  meanHoldBytes: 8,
} as const;

/** One sentence for each that is missed. */
export function missed(
  lines: readonly Line[],
  adversarial: readonly AdversarialLine[],
  streaming: Streaming,
): readonly string[] {
  const misses: string[] = [];
  const atMost = (what: string, value: number, limit: number): void => {
    if (!(value <= limit)) misses.push(`${what}: ${value.toFixed(2)}, at most ${limit}`);
  };
  const atLeast = (what: string, value: number, limit: number): void => {
    if (!(value >= limit)) misses.push(`${what}: ${value.toFixed(2)}, at least ${limit}`);
  };
  for (const [corpus, limit] of Object.entries(budgets.ratioAt64KiB)) {
    const line = lines.find((each) => each.corpus === corpus && each.bytes === 1 << 16);
    atLeast(`${corpus}, × RE2 in C++ at 64 KiB`, line?.ratio.median ?? Number.NaN, limit);
  }
  for (const { alphabet, oursMBps, growth } of adversarial) {
    atLeast(`${alphabet}, MB/s`, oursMBps, budgets.adversarialMBps);
    atMost(`${alphabet}, t(2n)/t(n)`, growth, budgets.growth);
  }
  atMost('per event, p99 in µs', streaming.eventP99Micros, budgets.eventP99Micros);
  atMost('held on prose, bytes in the mean', streaming.meanHoldBytes, budgets.meanHoldBytes);
  return misses;
}
