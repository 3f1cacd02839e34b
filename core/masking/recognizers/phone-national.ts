/**
 * Phone numbers as other countries write them: behind the trunk prefix 0, in groups; and, where a key or a context points, in any
 * groups. Extensions of all of them.
 */
import { digit, endOfDigits, isAlphanumeric, isDigit, leftEdgeOfRun, rightEdgeOfRun } from '../characters.ts';
import { isOtherSpace, otherSpaces } from '../look-alikes.ts';
import { any, chars, literal, optional, repeat, seq, uncounted } from '../pattern.ts';
import { dot, space } from './layouts.ts';
import { type Groups, type IsNumber, longestNumber, maxBytes } from './phone-groups.ts';
import type { Match, Shape } from './recognizer.ts';

const blank = optional(chars(` ${otherSpaces}`));
const ext = seq(chars('eE'), chars('xX'), chars('tT'), optional(literal('.')), blank);
export const extension = seq(blank, any(chars('xX'), ext), repeat(digit, 1, 6));

/** Behind `x4587`, ` ext. 4587`; `end` when there is none. */
export function endOfExtension(bytes: Uint8Array, end: number): number {
  let at = isBlank(bytes[end]) ? end + 1 : end;
  const isExt = lower(bytes[at]) === 0x65 && lower(bytes[at + 1]) === 0x78 && lower(bytes[at + 2]) === 0x74;
  if (isExt) {
    at += 3;
    if (bytes[at] === 0x2e) at++;
    if (isBlank(bytes[at])) at++;
  } else if (lower(bytes[at]) === 0x78) at++;
  else return end;
  const last = endOfDigits(bytes, at);
  return last === at || last - at > 6 || isAlphanumeric(bytes[last]) ? end : last;
}
const isBlank = (byte: number | undefined): boolean => byte === 0x20 || isOtherSpace(byte);
const lower = (byte: number | undefined): number => (byte ?? 0) | 0x20;

const rest = uncounted(chars(`0-9 ./()\\-${otherSpaces}`), 4, maxBytes);
export const trunk = any(
  seq(literal('0'), chars('1-9'), repeat(digit, 0, 3), chars(` .${otherSpaces}`), rest),
  seq(literal('('), digit, repeat(digit, 1, 3), literal(')'), rest),
);
export const trunkHead = any(
  seq(literal('0'), chars('1-9'), repeat(digit, 0, 3), chars(` .${otherSpaces}`), digit, digit),
  seq(literal('('), digit, digit),
);

/** `07700 063 966`, `01.84.17.61.18`, `(08) 8747 6301`, `(37) 788-063` */
export function readTrunk(bytes: Uint8Array, start: number, needed: number): Match | undefined {
  const inParentheses = bytes[start] === 0x28;
  const first = inParentheses ? start + 1 : start;
  const hasTrunk = bytes[first] === 0x30 && bytes[first + 1] !== 0x30;
  if (!isDigit(bytes[first]) || (!inParentheses && (!hasTrunk || !leftEdgeOfRun(bytes, start)))) return undefined;
  return longestNumber(bytes, start, needed, inParentheses ? isInParentheses : isBehindTrunk);
}

const isInParentheses: IsNumber = (bytes, start, { digits, firstSize }, needed) => {
  if (digits < 8 || digits > 11 || firstSize < 2 || firstSize > 4) return false;
  return (bytes[start + 1] === 0x30 && bytes[start + 2] !== 0x30 && digits > 8 ? 4 : 3) >= needed;
};

const isBehindTrunk: IsNumber = (_bytes, _start, groups, needed) => {
  const { digits, firstSize, firstSeparator } = groups;
  if (digits < 9 || digits > 11 || firstSize < 2 || firstSize > 5) return false;
  if (firstSeparator !== space && firstSeparator !== dot) return false;
  return (digits > 9 && groups.isCommon ? 4 : groups.hasDash ? 2 : 3) >= needed;
};

/** Seven to twelve digits in groups, fifteen with a plus sign; a bare run of ten or eleven. Behind a label other lengths too. */
export const namedPhones = (threshold: number): Shape => ({
  name: 'phone',
  pattern: seq(
    chars('0-9(+'),
    uncounted(chars(`0-9 ./()\\-${otherSpaces}`), 0, maxBytes - 1),
    optional(digit),
    any(repeat(chars('A-Fa-f'), 1, 3), seq(digit, optional(extension))),
  ),
  read(bytes, start, points) {
    const isRun = isDigit(bytes[start]) && endOfDigits(bytes, start) - start >= 7;
    if (isRun && !leftEdgeOfRun(bytes, start)) return undefined;
    if (isDigit(bytes[start - 1]) && isDigit(bytes[start])) return undefined;
    const match = longestNumber(bytes, start, threshold - points, isNamed);
    return match && { ...match, end: endOfExtension(bytes, match.end) };
  },
});

const isNamed: IsNumber = (bytes, start, groups, needed) => {
  const { digits, end, isRun } = groups;
  const most = bytes[start] === 0x2b ? 15 : 12;
  if (digits < 7 || digits > most || isDate(bytes, start, groups)) return false;
  if (isRun && !rightEdgeOfRun(bytes, end)) return false;
  return (isRun && digits !== 10 && digits !== 11 ? 0 : 1) >= needed;
};

/** `2024-01-15`, `15.01.2024` */
function isDate(bytes: Uint8Array, start: number, groups: Groups): boolean {
  const { count, digits, firstSize, lastSize, firstSeparator } = groups;
  if (count !== 3 || groups.hasParentheses || firstSeparator !== groups.lastSeparator) return false;
  if (firstSeparator === space || firstSize > 9 || lastSize > 9 || digits - firstSize - lastSize > 9) return false;
  if (firstSize === 4) return bytes[start] === 0x31 || bytes[start] === 0x32;
  return lastSize === 2 || lastSize === 4;
}
