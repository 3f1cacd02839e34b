/** Dates of birth: a date is one only behind a key or a context. */
import { digit, endOfDigits, isDigit, isLetter, leftEdgeOfRun } from '../characters.ts';
import { isOtherSpace, otherSpaces } from '../look-alikes.ts';
import { any, chars, optional, repeat, seq, times, uncounted } from '../pattern.ts';
import type { Match, Shape } from './recognizer.ts';

const between = repeat(chars(` .,/\\-${otherSpaces}`), 1, 2);
const ordinal = optional(seq(chars('snrtSNRT'), chars('tdhTDH')));
const month = uncounted(chars('A-Za-z'), 3, 9);

const pattern = any(
  seq(repeat(digit, 1, 4), between, repeat(digit, 1, 2), between, repeat(digit, 1, 4)),
  seq(repeat(digit, 1, 2), ordinal, between, month, between, repeat(digit, 2, 4)),
  seq(month, between, repeat(digit, 1, 2), ordinal, between, repeat(digit, 2, 4)),
  times(digit, 8),
);

/** Letters of either case as one number. */
const lettersAt = (bytes: Uint8Array, at: number, count: number): number => {
  let letters = 0;
  for (let index = at; index < at + count; index++) letters = (letters << 8) | (bytes[index] ?? 0) | 0x20;
  return letters;
};
const setOf = (words: string): ReadonlySet<number> =>
  new Set(
    words.split(' ').map((word) =>
      lettersAt(
        Uint8Array.from(word, (char) => char.charCodeAt(0)),
        0,
        word.length,
      ),
    ),
  );
const months = setOf('jan feb mar apr may jun jul aug sep oct nov dec');
const ordinals = setOf('st nd rd th');
const shapePoints = 1;

export const datesOfBirth = (threshold: number): Shape => ({
  name: 'date_of_birth',
  pattern,
  read(bytes, start, points) {
    if (shapePoints + points < threshold) return undefined;
    return isLetter(bytes[start]) ? readNamedMonthFirst(bytes, start) : readNumber(bytes, start);
  },
});

function readNumber(bytes: Uint8Array, start: number): Match | undefined {
  if (!leftEdgeOfRun(bytes, start)) return undefined;
  const first = endOfDigits(bytes, start);
  if (first - start === 8) return isEightDigits(bytes, start) ? { start, end: first, style: 'number' } : undefined;
  if (first - start > 4) return undefined;
  const second = endOfBetween(bytes, endOfOrdinal(bytes, first));
  if (second === undefined) return undefined;
  if (isLetter(bytes[second])) return first - start > 2 ? undefined : readYear(bytes, start, endOfMonth(bytes, second));
  if (endOfOrdinal(bytes, first) > first) return undefined;
  const secondEnd = endOfDigits(bytes, second);
  if (secondEnd === second || secondEnd - second > 2) return undefined;
  const third = endOfBetween(bytes, secondEnd);
  if (third === undefined) return undefined;
  const end = endOfDigits(bytes, third);
  const [firstSize, lastSize] = [first - start, end - third];
  const isYearFirst = firstSize === 4 && (lastSize === 1 || lastSize === 2);
  const isYearLast = (firstSize === 1 || firstSize === 2) && (lastSize === 2 || lastSize === 4);
  return isYearFirst || isYearLast ? { start, end, style: 'characters' } : undefined;
}

function readNamedMonthFirst(bytes: Uint8Array, start: number): Match | undefined {
  const day = endOfBetween(bytes, endOfMonth(bytes, start));
  if (day === undefined) return undefined;
  const dayEnd = endOfDigits(bytes, day);
  if (dayEnd === day || dayEnd - day > 2) return undefined;
  return readYear(bytes, start, endOfOrdinal(bytes, dayEnd));
}

function readYear(bytes: Uint8Array, start: number, from: number | undefined): Match | undefined {
  const year = endOfBetween(bytes, from);
  if (year === undefined) return undefined;
  const end = endOfDigits(bytes, year);
  return end - year === 4 || end - year === 2 ? { start, end, style: 'characters' } : undefined;
}

/** `Mar`, `March`, any case; undefined: no month of ours. */
function endOfMonth(bytes: Uint8Array, start: number): number | undefined {
  let end = start;
  while (end - start < 10 && isLetter(bytes[end])) end++;
  if (end - start < 3 || end - start > 9) return undefined;
  return months.has(lettersAt(bytes, start, 3)) ? end : undefined;
}

/** Behind `1st`, `2nd`, `3rd`, `4th`. */
const endOfOrdinal = (bytes: Uint8Array, at: number): number => (ordinals.has(lettersAt(bytes, at, 2)) ? at + 2 : at);

function endOfBetween(bytes: Uint8Array, from: number | undefined): number | undefined {
  if (from === undefined) return undefined;
  let at = from;
  while (at - from < 2 && isBetween(bytes[at])) at++;
  return at === from ? undefined : at;
}
const isBetween = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x2e || byte === 0x2c || byte === 0x2f || byte === 0x2d || isOtherSpace(byte);

/** `19800312`, `12031980` */
function isEightDigits(bytes: Uint8Array, start: number): boolean {
  const at = (index: number): number => (bytes[start + index] ?? 0) - 0x30;
  const isCentury = (index: number): boolean => {
    const century = at(index) * 10 + at(index + 1);
    return century === 18 || century === 19 || century === 20;
  };
  return isDigit(bytes[start]) && (isCentury(0) || isCentury(4));
}
