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
} from '../characters.ts';
import { any, optional, repeat, seq, times } from '../pattern.ts';
import { checkDigit } from '../score.ts';
import { countDigits, leadingDigits, luhn } from './checksum.ts';
import { numbers } from './groups.ts';
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

const shapes = /^(?:4 4 4(?: [1-4](?: [1-3])?)?|4 6 [45]|4 5 6|6 (?:[6-9]|1[0-3])|8 8)$/;

/** Worth of a number in a range that is issued; what is in none is worth nothing. */
const issued = 2;

/** Cards under their label, in any groups. */
export const namedCards = (threshold: number): Shape =>
  numbers(
    {
      name: 'credit_card',
      layout: /^\d+(?:[- .]\d+){0,9}$/,
      worth: (bytes, start, end) => {
        const count = countDigits(bytes, start, end);
        return count < shortest || count > longest ? Number.NEGATIVE_INFINITY : worthOf(bytes, start, end);
      },
    },
    threshold,
  );

export const cards = (threshold: number): Recognizer => ({
  name: 'credit_card',
  // The letters behind a run belong to its edge: they are held until they are known to be a word or hexadecimal.
  pattern: any(seq(repeat(digit, shortest, longest), repeat(hexLetter, 0, rightLabelBytes)), grouped),
  head: any(times(digit, shortest), groupedHead),
  read: (bytes, at, points) =>
    endOfDigits(bytes, at) - at >= shortest
      ? readRun(bytes, at, threshold - points)
      : readGroups(bytes, at, threshold - points),
});

function readRun(bytes: Uint8Array, start: number, needed: number): Match | undefined {
  const end = endOfDigits(bytes, start);
  if (end - start > longest || !leftEdgeOfRun(bytes, start) || !rightEdgeOfRun(bytes, end)) return undefined;
  if (endsUuid(bytes, start, end)) return undefined;
  return worthOf(bytes, start, end) >= needed ? { start, end, style: 'number' } : undefined;
}

/** The longest run of whole groups that is a card: `4111 1111 1111 1111 123` is a card and something else. */
function readGroups(bytes: Uint8Array, start: number, needed: number): Match | undefined {
  let found: Match | undefined;
  let sizes = '';
  for (let at = start, groups = 0; groups < 5; groups++) {
    const end = endOfDigits(bytes, at);
    if (end === at || end - at > 13) break;
    sizes += groups === 0 ? `${end - at}` : ` ${end - at}`;
    if (shapes.test(sizes) && isPlausible(bytes, start, end, sizes) && worthOf(bytes, start, end) >= needed) {
      found = { start, end, style: 'characters' };
    }
    const separator = gapLength(bytes, end, '');
    if (separator === 0) break;
    at = end + separator;
  }
  return found;
}

/** Three groups of four behind a dash are more often the middle of a UUID than a card, and so is more behind eight hexadecimal. */
function isPlausible(bytes: Uint8Array, start: number, end: number, sizes: string): boolean {
  if (!edgeOfGroups(bytes, start, end)) return false;
  if (bytes[start - 1] !== 0x2d || !sizes.startsWith('4 4 4')) return true;
  return sizes === '4 4 4' ? !isAlphanumeric(bytes[start - 2]) : !isBehindUuidHead(bytes, start);
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

function worthOf(bytes: Uint8Array, start: number, end: number): number {
  const range = worthOfRange(leadingDigits(bytes, start, 4), countDigits(bytes, start, end));
  return luhn(bytes, start, end) ? range + checkDigit : range;
}

function worthOfRange(prefix4: number, length: number): number {
  for (const [first, last, min, max, worth = issued] of ranges) {
    if (length < min || length > max) continue;
    const prefix = first > 999 ? prefix4 : Math.floor(prefix4 / (first > 99 ? 10 : first > 9 ? 100 : 1000));
    if (prefix >= first && prefix <= last) return worth;
  }
  return 0;
}
