/**
 * Phone numbers: North American ones (NANP) with separators or parentheses, and international ones (E.164) that begin with
 * a plus sign or 00. Both are written as nothing else is. Numbers of other countries: phone-national.ts.
 */
import {
  digit,
  digitsOfListed,
  edgeOfGroups,
  endOfDigits,
  endsEscape,
  gap,
  gapLength,
  isAlphanumeric,
  isDigit,
  isLetter,
  leftEdgeOfRun,
  separator,
  separatorBytes,
  separatorLength,
} from '../characters.ts';
import { plusByte, pluses } from '../look-alikes.ts';
import { any, chars, literal, optional, repeat, seq, times } from '../pattern.ts';
import { betweenGroups } from './groups.ts';
import { endOfExtension, extension, readTrunk, trunk, trunkHead } from './phone-national.ts';
import type { Recognizer } from './recognizer.ts';

const nationalExtra = './';
const nationalGap = gap(nationalExtra);
const areaOrExchange = seq(chars('2-9'), times(digit, 2));
const parenthesised = seq(
  literal('('),
  areaOrExchange,
  literal(')'),
  optional(nationalGap),
  areaOrExchange,
  optional(nationalGap),
  times(digit, 4),
);
const plain = seq(areaOrExchange, nationalGap, areaOrExchange, nationalGap, times(digit, 4));
const national = any(
  parenthesised,
  plain,
  seq(literal('1'), any(seq(optional(nationalGap), parenthesised), seq(nationalGap, plain))),
);

const internationalExtra = './()';
const internationalSeparators = separatorBytes(internationalExtra);
/** Behind a plus that may be a space, no other such one: `order+1234+5678` are words. */
const withoutPluses = internationalSeparators.map((is, byte) => (byte === plusByte ? 0 : is));
const between = repeat(separator(internationalExtra), 0, 2);
const plus = chars(pluses);
const moreDigits = 7;
const international = seq(plus, chars('1-9'), repeat(seq(between, digit), moreDigits, 14));

/** `00` for the plus sign counts where separators follow: runs of digits are often padded with zeros. */
const dialed = seq(literal('0'), literal('0'), chars('1-9'), repeat(seq(between, digit), 7, 14));

const shapePoints = 4;

export const phones = (threshold: number): Recognizer => ({
  name: 'phone',
  pattern: seq(any(national, international, dialed, trunk), optional(extension)),
  head: any(
    seq(literal('('), areaOrExchange, literal(')')),
    seq(areaOrExchange, nationalGap, areaOrExchange),
    seq(literal('1'), optional(nationalGap), literal('('), chars('2-9')),
    seq(literal('1'), nationalGap, areaOrExchange),
    seq(plus, chars('1-9'), times(seq(between, digit), 3)),
    seq(literal('0'), literal('0'), chars('1-9')),
    trunkHead,
  ),
  read(bytes, at, points) {
    const needed = threshold - points;
    const isDialed = bytes[at] === 0x30 && bytes[at + 1] === 0x30;
    const isInternational = isDialed || bytes[at] === 0x2b || bytes[at] === plusByte;
    const end = isDialed
      ? endOfDialed(bytes, at)
      : isInternational
        ? endOfInternational(bytes, at, at + 1)
        : endOfNational(bytes, at);
    if (end !== undefined && shapePoints >= needed)
      return { start: at, end: endOfExtension(bytes, end), style: 'characters' };
    return isInternational ? undefined : readTrunk(bytes, at, needed);
  },
});

function endOfDialed(bytes: Uint8Array, start: number): number | undefined {
  // Behind `a1b2-` it is a piece of a UUID.
  const isPiece = isAlphanumeric(bytes[start - 1]) || (bytes[start - 1] === 0x2d && isAlphanumeric(bytes[start - 2]));
  if (isPiece || bytes[start + 2] === 0x30 || !leftEdgeOfRun(bytes, start)) return undefined;
  const end = endOfInternational(bytes, start, start + 2);
  return end !== undefined && endOfDigits(bytes, start) < end ? end : undefined;
}

function endOfNational(bytes: Uint8Array, start: number): number | undefined {
  let at = start;
  if (bytes[at] === 0x31) at += 1 + gapLength(bytes, at + 1, betweenGroups);
  const inParentheses = bytes[at] === 0x28;
  if (at - start === 1 && !inParentheses) return undefined;
  if (inParentheses) at++;
  if (!isAreaOrExchange(bytes, at)) return undefined;
  at += 3;
  if (inParentheses && bytes[at++] !== 0x29) return undefined;
  const exchange = at + gapLength(bytes, at, betweenGroups);
  if ((exchange === at && !inParentheses) || !isAreaOrExchange(bytes, exchange)) return undefined;
  at = exchange + 3;
  const line = at + gapLength(bytes, at, betweenGroups);
  if (line === at && !inParentheses) return undefined;
  const end = endOfDigits(bytes, line);
  // A parenthesis is an edge of its own: a digit in front of it belongs to something else.
  const isWhole = end - line === 4 && edgeOfGroups(bytes, bytes[start] === 0x28 ? start + 1 : start, end);
  return isWhole ? end : undefined;
}

const isAreaOrExchange = (bytes: Uint8Array, at: number): boolean =>
  isDigit(bytes[at]) && (bytes[at] ?? 0) >= 0x32 && isDigit(bytes[at + 1]) && isDigit(bytes[at + 2]);

const minDigits = 8;
const maxDigits = 15;

/** Written in one piece, a number of this many digits is complete; what follows is another one. */
const completeDigits = 11;
/** A country code has at most three digits: `+1234.56` is an amount. */
const longestCountryCode = 3;

/** The longest run of whole digit groups that fits; country code 1 has exactly eleven digits. */
function endOfInternational(bytes: Uint8Array, start: number, from: number): number | undefined {
  if (isDigit(bytes[start - 1]) && !endsLongRun(bytes, start)) return undefined;
  // No country code begins with 0; a head of something else may begin here.
  if (bytes[from] === 0x30 || isExponent(bytes, start)) return undefined;
  const northAmerican = bytes[from] === 0x31;
  const separatorsOf = bytes[start] === plusByte ? withoutPluses : internationalSeparators;
  let end: number | undefined;
  let count = 0;
  let separators = 0;
  let dots = 0;
  for (let at = from; count < maxDigits; ) {
    if (beginsDate(bytes, at, maxDigits - count)) break;
    const groupEnd = endOfDigits(bytes, at);
    count += groupEnd - at;
    if (groupEnd === at || count > maxDigits) break;
    if (northAmerican ? count === 11 : count >= minDigits && !(dots === 1 && separators === 1)) end = groupEnd;
    if (separators === 0 && (count >= completeDigits || (count > longestCountryCode && bytes[groupEnd] === 0x2e)))
      break;
    at = groupEnd;
    for (let run = 0; run < 2; run++) {
      const length = separatorLength(bytes, at, separatorsOf);
      if (length === 0) break;
      // `+2500 -1300`: the dash is the sign of the next number.
      if (run === 1 && bytes[at] === 0x2d && bytes[at - 1] === 0x20) return unglued(bytes, start, end);
      if (bytes[at] === 0x2e) dots++;
      separators++;
      at += length;
    }
  }
  return unglued(bytes, start, end);
}

/** Not with letters glued to both ends of a short one: a piece of base64, or words of a form (`order+12345678+of`). */
function unglued(bytes: Uint8Array, start: number, end: number | undefined): number | undefined {
  if (end === undefined || end - start > 10 || !isLetter(bytes[end])) return end;
  return isLetter(bytes[start - 1]) && !endsEscape(bytes, start - 1) ? undefined : end;
}

/** 9.03e+8 */
function isExponent(bytes: Uint8Array, start: number): boolean {
  const isE = bytes[start - 1] === 0x65 || bytes[start - 1] === 0x45;
  return isE && isDigit(bytes[start - 2]) && endOfDigits(bytes, start + 1) - start <= 4;
}

/** Behind a shorter run of digits a sign means a sum. */
function endsLongRun(bytes: Uint8Array, at: number): boolean {
  let start = at;
  while (at - start < digitsOfListed && isDigit(bytes[start - 1])) start--;
  return at - start === digitsOfListed;
}

/**
 * `(UTC+2) 2024-01-15` is a time zone and a date. Of a date that does not fit into `room` digits only the year and its dash
 * are read: what lies further behind may not have come yet.
 */
function beginsDate(bytes: Uint8Array, at: number, room: number): boolean {
  const century = (bytes[at] === 0x31 && bytes[at + 1] === 0x39) || (bytes[at] === 0x32 && bytes[at + 1] === 0x30);
  if (!century || endOfDigits(bytes, at) !== at + 4 || bytes[at + 4] !== 0x2d) return false;
  if (room < 8) return true;
  return endOfDigits(bytes, at + 5) === at + 7 && bytes[at + 7] === 0x2d && endOfDigits(bytes, at + 8) === at + 10;
}
