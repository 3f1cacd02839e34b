/** Times, of ours beside those of the yardstick. */
import { type Spread, shuffled, spread } from '../measure/statistics.ts';
import type { Corpus } from './corpora.ts';
import { maskBody } from './engine.ts';

/** What ours is compared with: it searches the text that was loaded last. */
export interface Opponent {
  load(text: Uint8Array): Promise<void>;
  /** Milliseconds of one pass, over at least so many. */
  run(milliseconds: number): Promise<{ readonly ms: number }>;
}

export interface Case {
  readonly corpus: Corpus;
  readonly bytes: number;
}

export interface Line {
  readonly corpus: string;
  readonly bytes: number;
  /** 10^6 bytes in a second. */
  readonly oursMBps: Spread;
  readonly yardstickMBps: Spread;
  /** Ours over the yardstick in the same round. */
  readonly ratio: Spread;
  /** Of the fastest round of each: what it is where nobody disturbs. A round is long enough for garbage to be collected in it. */
  readonly undisturbed: number;
}

/** Every case once a round, in an order of its own, ours and the yardstick one right after the other. */
export async function measureRatios(
  cases: readonly Case[],
  yardstick: Opponent,
  { rounds, ms, random }: { readonly rounds: number; readonly ms: number; readonly random: () => number },
): Promise<readonly Line[]> {
  const measured = cases.map(({ corpus, bytes }) => ({
    corpus,
    body: corpus.make(bytes),
    ours: [] as number[],
    theirs: [] as number[],
  }));
  for (const { corpus, body } of measured) passMs(() => maskBody(corpus.api, body), ms);
  for (let round = 0; round < rounds; round++) {
    for (const { corpus, body, ours, theirs } of shuffled(measured, random)) {
      await yardstick.load(body);
      theirs.push(speed(body, (await yardstick.run(ms)).ms));
      ours.push(
        speed(
          body,
          passMs(() => maskBody(corpus.api, body), ms),
        ),
      );
    }
  }
  return measured.map(({ corpus, body, ours, theirs }) => ({
    corpus: corpus.name,
    bytes: body.length,
    oursMBps: spread(ours),
    yardstickMBps: spread(theirs),
    ratio: spread(ours.map((mine, round) => mine / (theirs[round] ?? Number.NaN))),
    undisturbed: Math.max(...ours) / Math.max(...theirs),
  }));
}

export interface AdversarialLine {
  readonly alphabet: string;
  readonly oursMBps: number;
  readonly yardstickMBps: number;
  /** Time for twice the bytes over time for them, both more than were timed for the speeds; 2 is linear. */
  readonly growth: number;
}

/**
 * A body of one chunk is joined with nothing, and random bytes that are read again and again are known to the processor's branch
 * prediction as long as they are few: both make it faster than its share of a larger one. Growth is that of larger ones.
 */
const growthFrom = 16;

/** The best of the rounds: what others on this machine do can only make it worse. */
export async function measureAdversarial(
  corpora: readonly Corpus[],
  yardstick: Opponent,
  { rounds, ms, bytes }: { readonly rounds: number; readonly ms: number; readonly bytes: number },
): Promise<readonly AdversarialLine[]> {
  const lines: AdversarialLine[] = [];
  for (const { name, api, make } of corpora) {
    const body = make(bytes);
    const bodies = [body, make(growthFrom * bytes), make(2 * growthFrom * bytes)];
    const best = bodies.map(() => Number.POSITIVE_INFINITY);
    let theirs = Number.POSITIVE_INFINITY;
    await yardstick.load(body);
    for (let round = 0; round < rounds; round++) {
      for (const [index, each] of bodies.entries()) {
        const ours = passMs(() => maskBody(api, each), ms, Math.min);
        best[index] = Math.min(ours, best[index] ?? ours);
      }
      theirs = Math.min(theirs, (await yardstick.run(ms)).ms);
    }
    const [once = Number.NaN, larger = Number.NaN, twice = Number.NaN] = best;
    lines.push({
      alphabet: name,
      oursMBps: speed(body, once),
      yardstickMBps: speed(body, theirs),
      growth: twice / larger,
    });
  }
  return lines;
}

const speed = (body: Uint8Array, ms: number): number => body.length / ms / 1000;

/** Milliseconds of CPU time of one pass: the mean over at least `ms`, or what `fold` makes of all of them. */
function passMs(pass: () => void, ms: number, fold?: (a: number, b: number) => number): number {
  const started = cpuMs();
  let last = started;
  let passes = 0;
  let folded = Number.NaN;
  do {
    pass();
    passes++;
    const now = cpuMs();
    folded = passes === 1 || fold === undefined ? now - last : fold(folded, now - last);
    last = now;
  } while (last - started < ms);
  return fold === undefined ? (last - started) / passes : folded;
}

/** Of this process, with the threads that compile and collect garbage for it. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
