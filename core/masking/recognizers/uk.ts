/** Numbers of the United Kingdom. */
import { digit, edgeOfToken, endOfDigits, isDigit, isLetter, letter } from '../characters.ts';
import { isOtherSpace, otherSpaces } from '../look-alikes.ts';
import { chars, optional, seq, times } from '../pattern.ts';
import { checkDigit } from '../score.ts';
import { mod11 } from './checksum.ts';
import { numbers } from './groups.ts';
import { Layouts } from './layouts.ts';
import type { Recognizer, Shape } from './recognizer.ts';

/** A space of any kind. */
const space = chars(` ${otherSpaces}`);
const gap = optional(space);
const isSpace = (byte: number | undefined): boolean => byte === 0x20 || isOtherSpace(byte);
const ninoLetters = seq(chars('A-CEGHJ-PR-TW-Z'), chars('A-CEGHJ-NPR-TW-Z'));
const ninoHead = seq(ninoLetters, gap, times(digit, 2), gap, times(digit, 2));

/** HMRC: D, F, I, Q, U, V begin none, nor do these; O is not second. The last letter is A to D. */
const neverNino = new Set(
  ['BG', 'GB', 'KN', 'NK', 'NT', 'TN', 'ZZ'].map((pair) => pairOf(pair.charCodeAt(0), pair.charCodeAt(1))),
);
/** Two letters of either case as one number. */
function pairOf(first: number, second: number): number {
  return ((first & 0xdf) << 8) | (second & 0xdf);
}

/** National Insurance numbers in capitals: written as nothing else is. */
export const ninos = (threshold: number): Recognizer => ({
  name: 'uk_nino',
  pattern: seq(ninoHead, gap, times(digit, 2), gap, chars('A-D')),
  head: seq(ninoLetters, gap, times(digit, 2)),
  read(bytes, start, points) {
    const end = endOfNino(bytes, start);
    if (end === undefined || !isCapital(bytes, start, end) || !edgeOfToken(bytes, start, end, 'nino')) return undefined;
    return 4 + points < threshold ? undefined : { start, end, style: 'characters' };
  },
});

const capitalsBut = (never: string): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, byte) =>
    byte >= 0x41 && byte <= 0x5a && !never.includes(String.fromCharCode(byte)) ? 1 : 0,
  );
const firstLetters = capitalsBut('DFIQUV');
const secondLetters = capitalsBut('DFIOQUV');

/** Its letters are capitals, and those that HMRC gives out. */
function isCapital(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    (bytes[end - 1] ?? 0) <= 0x5a && firstLetters[bytes[start] ?? 0] === 1 && secondLetters[bytes[start + 1] ?? 0] === 1
  );
}

/** In any letters, where a key or a context points. */
export const namedNinos = (threshold: number): Shape => ({
  name: 'uk_nino',
  pattern: seq(times(letter, 2), gap, times(digit, 2), gap, times(digit, 2), gap, times(digit, 2), gap, letter),
  read(bytes, start, points) {
    const end = endOfNino(bytes, start);
    if (end === undefined || !edgeOfToken(bytes, start, end, 'nino')) return undefined;
    return 1 + points < threshold ? undefined : { start, end, style: 'characters' };
  },
});

function endOfNino(bytes: Uint8Array, start: number): number | undefined {
  if (!isLetter(bytes[start]) || !isLetter(bytes[start + 1])) return undefined;
  if (neverNino.has(pairOf(bytes[start] ?? 0, bytes[start + 1] ?? 0))) return undefined;
  let at = start + 2;
  for (let pair = 0; pair < 3; pair++) {
    if (isSpace(bytes[at])) at++;
    if (!isDigit(bytes[at]) || !isDigit(bytes[at + 1])) return undefined;
    at += 2;
  }
  if (isSpace(bytes[at])) at++;
  const last = (bytes[at] ?? 0) & 0xdf;
  return last >= 0x41 && last <= 0x44 && isLetter(bytes[at]) ? at + 1 : undefined;
}

/** NHS numbers as the NHS writes them, 3 3 4 with spaces: one in eleven numbers of that form has a right check digit by chance. */
export const nhsNumbers = (threshold: number): Recognizer => ({
  name: 'uk_nhs',
  pattern: seq(times(digit, 3), space, times(digit, 3), space, times(digit, 4)),
  head: seq(times(digit, 3), space, times(digit, 3)),
  read(bytes, start, points) {
    const end = start + 12;
    const isShaped =
      endOfDigits(bytes, start) === start + 3 &&
      endOfDigits(bytes, start + 4) === start + 7 &&
      endOfDigits(bytes, start + 8) === end &&
      isSpace(bytes[start + 3]) &&
      isSpace(bytes[start + 7]) &&
      !isDigit(bytes[start - 1]);
    if (!isShaped) return undefined;
    const worth = mod11(bytes, start, end) ? 1 + checkDigit : 1;
    return worth + points < threshold ? undefined : { start, end, style: 'characters' };
  },
});

const nhsLayouts = new Layouts({ 10: '', '3 3 4': ' -.' });
export const namedNhsNumbers = (threshold: number): Shape =>
  numbers(
    {
      name: 'uk_nhs',
      layouts: nhsLayouts,
      worth: (bytes, start, end) => (mod11(bytes, start, end) ? checkDigit : 0),
    },
    threshold,
  );
