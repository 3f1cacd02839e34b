/** How a number below some size is written for FF1. */
export interface Numerals {
  readonly radix: number;
  readonly width: number;
}

const largestRadix = 64;
/** By size; there is one for each count of digits and letters in a value. */
const known = new Map<bigint, Numerals>();

/** The radix whose numerals of one width count up to little more than `size`. */
export function numeralsFor(size: bigint): Numerals {
  const earlier = known.get(size);
  if (earlier !== undefined) return earlier;
  let best: Numerals = { radix: 2, width: 0 };
  let bestCount: bigint | undefined;
  for (let radix = largestRadix; radix >= 2; radix--) {
    let width = 0;
    let count = 1n;
    for (; count < size; width++) count *= BigInt(radix);
    if (bestCount === undefined || count < bestCount) {
      best = { radix, width };
      bestCount = count;
    }
  }
  known.set(size, best);
  return best;
}

export function toNumerals(number: bigint, { radix, width }: Numerals): number[] {
  const numerals = new Array<number>(width).fill(0);
  let rest = number;
  for (let at = width - 1; at >= 0; at--) {
    numerals[at] = Number(rest % BigInt(radix));
    rest /= BigInt(radix);
  }
  return numerals;
}

export const fromNumerals = (numerals: readonly number[], { radix }: Numerals): bigint =>
  numerals.reduce((number, numeral) => number * BigInt(radix) + BigInt(numeral), 0n);
