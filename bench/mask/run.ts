/** `npm run bench -- mask`: what masking costs, beside RE2 in C++ that only finds. */
import { percentile, randomFrom } from '../measure/statistics.ts';
import { describeMachine, writeResult } from '../report/result-file.ts';
import { maskChart } from './chart.ts';
import { adversarial, chatEvents, corpora } from './corpora.ts';
import { alternation, eventTimes, meanHold } from './engine.ts';
import { type AdversarialLine, type Line, measureAdversarial, measureRatios } from './measure.ts';
import { budgets, missed, type Streaming } from './targets.ts';
import { Yardstick } from './yardstick.ts';

export interface MaskOptions {
  readonly rounds: number;
  /** For one measurement. */
  readonly ms: number;
  readonly seed: number;
  readonly out: string;
}

const sizes = [1 << 10, 1 << 16, 1 << 20] as const;
/** About what a token is. */
const tokenBytes = 4;

/** @returns always true: a missed target is printed and is no failure, as with `calls` */
export async function benchMask({ rounds, ms, seed, out }: MaskOptions): Promise<boolean> {
  const startedAt = new Date();
  const machine = describeMachine();
  const yardstick = await Yardstick.start(alternation());
  try {
    console.log(`seed ${seed}; ${rounds} rounds of ${ms} ms; full mask of ours over find-all of RE2 in C++`);
    const cases = corpora.flatMap((corpus) => sizes.map((bytes) => ({ corpus, bytes })));
    const lines = await measureRatios(cases, yardstick, { rounds, ms, random: randomFrom(seed) });
    for (const line of lines) console.log(describeLine(line));
    const hostile = await measureAdversarial(adversarial, yardstick, {
      rounds: Math.min(rounds, 3),
      ms: Math.min(ms, 100),
      bytes: 1 << 16,
    });
    console.log('\nalphabets of 64 KiB, best pass');
    for (const line of hostile) console.log(describeAdversarial(line));
    const streaming = measureStreaming();
    const { eventP50Micros, eventP99Micros, meanHoldBytes } = streaming;
    console.log(
      `\nper event: p50 ${eventP50Micros.toFixed(1)} µs, p99 ${eventP99Micros.toFixed(1)} µs; held on prose: ${meanHoldBytes.toFixed(1)} bytes in the mean`,
    );
    const misses = missed(lines, hostile, streaming);
    console.log(misses.length === 0 ? '\nevery target met' : misses.map((miss) => `\nMISSED ${miss}`).join(''));
    const data = { seed, rounds, ms, lines, adversarial: hostile, streaming, budgets, misses };
    const chart = maskChart({ lines, adversarial: hostile, machine, rounds });
    writeResult(out, { kind: 'mask', startedAt, machine, data, chart });
    return true;
  } finally {
    await yardstick.close();
  }
}

function measureStreaming(): Streaming {
  const events = chatEvents(20_000);
  eventTimes(events.slice(0, 5_000));
  const times = eventTimes(events);
  const prose = corpora.find(({ name }) => name === 'prose');
  if (prose === undefined) throw new Error('there is no prose');
  return {
    eventP50Micros: percentile(times, 0.5),
    eventP99Micros: percentile(times, 0.99),
    meanHoldBytes: meanHold(prose.make(1 << 18), tokenBytes),
  };
}

function describeLine({ corpus, bytes, oursMBps, yardstickMBps, ratio, undisturbed }: Line): string {
  const size = bytes >= 1 << 20 ? '1 MiB' : `${bytes >> 10} KiB`;
  const [ours, theirs] = [oursMBps, yardstickMBps].map(({ median }) => median.toFixed(0).padStart(5));
  const spread = `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`;
  return `${corpus.padEnd(8)} ${size.padStart(6)}  ours ${ours} MB/s  RE2 ${theirs} MB/s  ratio ${spread}, undisturbed ${undisturbed.toFixed(2)}`;
}

function describeAdversarial({ alphabet, oursMBps, yardstickMBps, growth }: AdversarialLine): string {
  const [ours, theirs] = [oursMBps, yardstickMBps].map((speed) => speed.toFixed(0).padStart(5));
  return `${alphabet.padEnd(30)} ours ${ours} MB/s  RE2 ${theirs} MB/s  t(2n)/t(n) ${growth.toFixed(2)}`;
}
