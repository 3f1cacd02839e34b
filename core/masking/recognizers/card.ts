/** Payment cards: ISO/IEC 7812 numbers in the ranges that are issued today, with a right Luhn digit. */
import {
  digit,
  edgeOfGroups,
  endOfDigits,
  gap,
  gapLength,
  hexLetter,
  isAlphanumeric,
  isHex,
  leftEdgeOfRun,
  rightEdgeOfRun,
  rightLabelBytes,
  spaceOrDash,
} from '../characters.ts';
import { any, optional, repeat, seq, times } from '../pattern.ts';
import { checkDigit } from '../score.ts';
import { countDigits, leadingDigits, luhn } from './checksum.ts';
import { numbers } from './groups.ts';
import { type LayoutList, Layouts, separatorKind } from './layouts.ts';
import type { Match, Recognizer, Shape } from './recognizer.ts';

/** [first and last prefix, shortest and longest number]. Overlaps are fine: any row that fits makes it a card. */
const ranges: readonly (readonly [first: number, last: number, shortest: number, longest: number, worth?: number])[] = [
  [4, 4, 13, 13], // Visa, old
  [4, 4, 16, 16],
  [4, 4, 18, 19],
  [51, 55, 16, 16], // Mastercard
  [2221, 2720, 16, 16], // Mastercard 2-series
  [34, 34, 15, 15], // American Express
  [37, 37, 15, 15],
  [300, 305, 14, 19], // Diners Club
  [3095, 3095, 14, 19],
  [36, 36, 14, 19],
  [38, 39, 14, 19],
  [6011, 6011, 16, 19], // Discover
  [644, 659, 16, 19],
  [35, 35, 16, 19], // JCB (3528 to 3589); the rest of 35 costs little and is often taken for it
  [1800, 1800, 15, 15],
  [2131, 2131, 15, 15],
  [50, 50, 12, 19], // Maestro, Verve, RuPay
  [56, 58, 12, 19],
  [60, 69, 12, 19], // Maestro, UnionPay 62, Discover, RuPay
  [81, 82, 16, 19], // UnionPay, RuPay
  [2200, 2205, 16, 19], // Mir, Borica
  [8600, 8600, 16, 16], // UzCard
  [9792, 9792, 16, 16], // Troy
  [9860, 9860, 16, 16], // Humo
  [1, 1, 15, 15, 1], // UATP: rare, and so many numbers begin with 1
];

const shortest = 12;
const longest = 19;
const cardGap = gap('');

/** Sizes of groups as printed on cards and written by people. A bare run has no group. */
const grouped = any(
  seq(
    times(digit, 4),
    cardGap,
    times(digit, 4),
    cardGap,
    times(digit, 4),
    optional(seq(cardGap, repeat(digit, 1, 4), optional(seq(cardGap, repeat(digit, 1, 3))))),
  ),
  seq(times(digit, 4), cardGap, times(digit, 6), cardGap, repeat(digit, 4, 5)),
  seq(times(digit, 4), cardGap, times(digit, 5), cardGap, times(digit, 6)),
  seq(times(digit, 6), cardGap, repeat(digit, 6, 13)),
  seq(times(digit, 8), cardGap, times(digit, 8)),
);

/** The search only has to find where to look: a short, fixed head keeps its DFA small. */
const groupedHead = any(
  seq(times(digit, 4), cardGap, times(digit, 4)),
  seq(times(digit, 6), cardGap, times(digit, 4)),
  seq(times(digit, 8), cardGap, times(digit, 4)),
);

const groupLayouts = new Layouts(
  anyGap(
    '4 4 4',
    ...[1, 2, 3, 4].flatMap((size) => [`4 4 4 ${size}`, ...[1, 2, 3].map((last) => `4 4 4 ${size} ${last}`)]),
  ),
  anyGap('4 6 4', '4 6 5', '4 5 6', '8 8'),
  anyGap(...[6, 7, 8, 9, 10, 11, 12, 13].map((size) => `6 ${size}`)),
);

function anyGap(...sizes: readonly string[]): LayoutList {
  return Object.fromEntries(sizes.map((each) => [each, ' -']));
}

/** Worth of a number in a range that is issued; what is in none is worth nothing. */
const issued = 2;

/** Under a label a card may be written in any groups, ten at most. */
const namedLayouts = new Layouts(
  Object.fromEntries(Array.from({ length: 10 }, (_, more) => [`*${' *'.repeat(more)}`, ' -.'])),
);
export const namedCards = (threshold: number): Shape =>
  numbers(
    {
      name: 'credit_card',
      layouts: namedLayouts,
      worth: (bytes, start, end) => {
        const count = countDigits(bytes, start, end);
        return count < shortest || count > longest ? Number.NEGATIVE_INFINITY : worthOf(bytes, start, end, 0);
      },
    },
    threshold,
  );

export const cards = (threshold: number): Recognizer => ({
  name: 'credit_card',
  // The letters behind a run belong to its edge: they are held until they are known to be a word or hexadecimal.
  pattern: any(seq(repeat(digit, shortest, longest), repeat(hexLetter, 0, rightLabelBytes)), grouped),
  head: any(times(digit, shortest), groupedHead),
  read(bytes, at, points) {
    const end = endOfDigits(bytes, at);
    const needed = threshold - points;
    return end - at >= shortest ? readRun(bytes, at, end, needed) : readGroups(bytes, at, end, needed);
  },
});

function readRun(bytes: Uint8Array, start: number, end: number, needed: number): Match | undefined {
  if (end - start > longest || !leftEdgeOfRun(bytes, start) || !rightEdgeOfRun(bytes, end)) return undefined;
  if (endsUuid(bytes, start, end)) return undefined;
  return worthOf(bytes, start, end, needed) >= needed ? { start, end, style: 'number' } : undefined;
}

/** The longest run of whole groups that is a card: `4111 1111 1111 1111 123` is a card and something else. */
function readGroups(bytes: Uint8Array, start: number, firstEnd: number, needed: number): Match | undefined {
  let found = start;
  let end = firstEnd;
  let layout = groupLayouts.next(Layouts.start, 0, end - start);
  while (layout !== Layouts.none) {
    const isOne = groupLayouts.isWhole(layout) && isPlausible(bytes, start, end);
    if (isOne && worthOf(bytes, start, end, needed) >= needed) found = end;
    const gap = gapLength(bytes, end, spaceOrDash);
    if (gap === 0) break;
    const groupEnd = endOfDigits(bytes, end + gap);
    layout = groupLayouts.next(layout, separatorKind(bytes, end, gap), groupEnd - end - gap);
    end = groupEnd;
  }
  return found === start ? undefined : { start, end: found, style: 'characters' };
}

/** Three groups of four behind a dash are more often the middle of a UUID than a card, and so is more behind eight hexadecimal. */
function isPlausible(bytes: Uint8Array, start: number, end: number): boolean {
  if (!edgeOfGroups(bytes, start, end)) return false;
  if (bytes[start - 1] !== 0x2d || !beginsInFours(bytes, start)) return true;
  return countDigits(bytes, start, end) === shortest
    ? !isAlphanumeric(bytes[start - 2])
    : !isBehindUuidHead(bytes, start);
}

function beginsInFours(bytes: Uint8Array, start: number): boolean {
  const second = start + 4 + gapLength(bytes, start + 4, spaceOrDash);
  return endOfDigits(bytes, start) === start + 4 && endOfDigits(bytes, second) === second + 4;
}

function isBehindUuidHead(bytes: Uint8Array, start: number): boolean {
  for (let at = start - 9; at < start - 1; at++) if (!isHex(bytes[at])) return false;
  return !isAlphanumeric(bytes[start - 10]);
}

/** Twelve digits behind `-a1b2-` are the end of a UUID. */
function endsUuid(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 12 || bytes[start - 1] !== 0x2d || bytes[start - 6] !== 0x2d) return false;
  for (let at = start - 5; at < start - 1; at++) if (!isAlphanumeric(bytes[at])) return false;
  return isAlphanumeric(bytes[start - 7]);
}

/** What the number is worth; when it cannot be `needed`, no more than 0. */
function worthOf(bytes: Uint8Array, start: number, end: number, needed: number): number {
  const range = worthOfRange(leadingDigits(bytes, start, 4), countDigits(bytes, start, end));
  if (range + checkDigit < needed) return 0;
  return luhn(bytes, start, end) ? range + checkDigit : range;
}

/** By the first four digits and the length. */
const worthByRange = new Uint8Array(10_000 * (longest - shortest + 1));
for (const [first, last, min, max, worth = issued] of ranges.toReversed()) {
  const scale = 10 ** (4 - `${first}`.length);
  for (let length = min; length <= max; length++)
    worthByRange.fill(worth, rangeAt(first * scale, length), rangeAt((last + 1) * scale, length));
}

function worthOfRange(prefix: number, length: number): number {
  return length < shortest || length > longest ? 0 : (worthByRange[rangeAt(prefix, length)] ?? 0);
}

function rangeAt(prefix: number, length: number): number {
  return (length - shortest) * 10_000 + prefix;
}
