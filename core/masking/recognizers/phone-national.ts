/**
 * Phone numbers as other countries write them: behind the trunk prefix 0, in groups; and, where a key or a context points, in any
 * groups. Extensions of all of them.
 */
import {
  digit,
  edgeOfGroups,
  endOfDigits,
  gapLength,
  isAlphanumeric,
  isDigit,
  leftEdgeOfRun,
  rightEdgeOfRun,
} from '../characters.ts';
import { separatorByte } from '../look-alikes.ts';
import { any, chars, literal, optional, repeat, seq, uncounted } from '../pattern.ts';
import { separatorOf } from './groups.ts';
import type { Match, Shape } from './recognizer.ts';

const extra = './';
const maxBytes = 30;

const blank = optional(chars(' \\x{1c}'));
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
const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === separatorByte;
const lower = (byte: number | undefined): number => (byte ?? 0) | 0x20;

const rest = uncounted(chars('0-9 ./()\\-\\x{1c}'), 4, maxBytes);
export const trunk = any(
  seq(literal('0'), chars('1-9'), repeat(digit, 0, 3), chars(' .\\x{1c}'), rest),
  seq(literal('('), digit, repeat(digit, 1, 3), literal(')'), rest),
);
export const trunkHead = any(
  seq(literal('0'), chars('1-9'), repeat(digit, 0, 3), chars(' .\\x{1c}'), digit, digit),
  seq(literal('('), digit, digit),
);

/** Groups that national plans use, of ten or eleven digits. */
const commonGroups = new Set(
  [
    ...[
      '2 2 2 2 2',
      '2 4 4',
      '3 2 2 3',
      '3 2 3 2',
      '3 3 2 2',
      '3 3 4',
      '3 4 3',
      '3 4 4',
      '4 2 2 2',
      '4 3 2 2',
      '4 3 3',
    ],
    ...['4 3 4', '5 2 2 2', '5 3 2', '5 3 3'],
  ].flatMap((groups) => [groups, groups.replaceAll(' ', '.')]),
);

interface Groups {
  readonly end: number;
  readonly digits: number;
  /** Sizes with what stands between them: `3 3 4`, `)` behind a parenthesis. */
  readonly layout: string;
}

/** `07700 063 966`, `01.84.17.61.18`, `(08) 8747 6301`, `(37) 788-063` */
export function readTrunk(bytes: Uint8Array, start: number, needed: number): Match | undefined {
  const inParentheses = bytes[start] === 0x28;
  const first = inParentheses ? start + 1 : start;
  const hasTrunk = bytes[first] === 0x30 && bytes[first + 1] !== 0x30;
  if (!isDigit(bytes[first]) || (!inParentheses && (!hasTrunk || !leftEdgeOfRun(bytes, start)))) return undefined;
  return longest(bytes, start, ({ end, digits, layout }) => {
    if (digits < 8 || digits > 11 || !edgeOfGroups(bytes, first, end)) return false;
    if (inParentheses) return /^[2-4]\)/.test(layout) && (hasTrunk && digits > 8 ? 4 : 3) >= needed;
    if (digits < 9 || !/^[2-5][ .]/.test(layout)) return false;
    return (digits > 9 && commonGroups.has(layout) ? 4 : layout.includes('-') ? 2 : 3) >= needed;
  });
}

/** Seven to twelve digits in groups, fifteen with a plus sign; a bare run of ten or eleven. Behind a label other lengths too. */
export const namedPhones = (threshold: number): Shape => ({
  name: 'phone',
  pattern: seq(
    chars('0-9(+'),
    uncounted(chars('0-9 ./()\\-\\x{1c}'), 0, maxBytes - 1),
    optional(digit),
    any(repeat(chars('A-Fa-f'), 1, 3), seq(digit, optional(extension))),
  ),
  read(bytes, start, points) {
    const isRun = isDigit(bytes[start]) && endOfDigits(bytes, start) - start >= 7;
    if (isRun && !leftEdgeOfRun(bytes, start)) return undefined;
    if (isDigit(bytes[start - 1]) && isDigit(bytes[start])) return undefined;
    const most = bytes[start] === 0x2b ? 15 : 12;
    const match = longest(bytes, start, ({ end, digits, layout }) => {
      if (digits < 7 || digits > most || isDigit(bytes[end]) || isDate(bytes, start, layout)) return false;
      const isBare = /^\d+$/.test(layout);
      if (isBare && !rightEdgeOfRun(bytes, end)) return false;
      return (isBare && digits !== 10 && digits !== 11 ? 0 : 1) + points >= threshold;
    });
    return match && { ...match, end: endOfExtension(bytes, match.end) };
  },
});

/** The longest run of whole groups from `start` on that is one. */
function longest(bytes: Uint8Array, start: number, isNumber: (groups: Groups) => boolean): Match | undefined {
  let found: Match | undefined;
  let layout = '';
  let digits = 0;
  let at = bytes[start] === 0x2b ? start + 1 : start;
  let isOpen = bytes[at] === 0x28;
  if (isOpen) at++;
  for (;;) {
    const end = endOfDigits(bytes, at);
    if (end === at || end - start > maxBytes - 2) return found;
    layout += `${end - at}`;
    digits += end - at;
    at = end;
    if (isOpen) {
      if (bytes[at] !== 0x29) return found;
      isOpen = false;
      layout += ')';
      at++;
    } else {
      const isOne = isNumber({ end, digits, layout });
      if (isOne) found = { start, end, style: /^\d+$/.test(layout) && isDigit(bytes[start]) ? 'number' : 'characters' };
    }
    const gap = gapLength(bytes, at, extra);
    if (gap > 0) layout += separatorOf(bytes, at, gap);
    else if (!layout.endsWith(')') && bytes[at] !== 0x28) return found;
    at += gap;
    if (bytes[at] === 0x28) {
      // `2(415)`: the 2 belongs to something else.
      if (gap === 0 && !(layout === '1' && bytes[at - 1] === 0x31) && bytes[start] !== 0x2b) return found;
      isOpen = true;
      at++;
    }
  }
}

/** `2024-01-15`, `15.01.2024` */
function isDate(bytes: Uint8Array, start: number, layout: string): boolean {
  if (!/^(?:4([-./])\d\1\d|\d([-./])\d\2[24])$/.test(layout)) return false;
  return layout.startsWith('4') ? bytes[start] === 0x31 || bytes[start] === 0x32 : true;
}
