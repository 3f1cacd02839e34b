/**
 * Base64 in lines, as mail (RFC 2045, 6.8), PEM (RFC 7468) and most coders write it: all of one length, the last one perhaps shorter,
 * line ends as they are or escaped (`\n` in a string, in JSON inside JSON too). A run in lines is one run, decoded as a whole; lines
 * that make no text together, and those of a run that is too long, are runs of their own (encoded.ts).
 *
 * What begins a run in lines, and whether it is too long, is told from whole lines and their ends alone: however the last line that has
 * come goes on, it stays so.
 */
import type { TextScan } from '../ports.ts';
import { endsEscape } from './characters.ts';
import {
  behindPadding,
  decodeLetters,
  type Encoded,
  hasStrayBits,
  isEncoded,
  longest,
  longestPad,
  mayBeText,
  pad,
} from './encoded.ts';

/** Shorter ones are lists of identifiers as well; no coder writes them. */
const shortestLine = 60;
/** With the line end in front, less than what a stream keeps of what it has released (`leftContextBytes`). */
const longestLine = 100;
/** JSON inside JSON inside JSON. */
const maxBackslashes = 4;
const longestFold = 2 * (maxBackslashes + 1);

const [lineFeed, carriageReturn, backslash, letterN, letterR] = [0x0a, 0x0d, 0x5c, 0x6e, 0x72];

export interface Line {
  readonly start: number;
  readonly end: number;
}
export interface Folded extends Encoded {
  /** Two at least; padding belongs to the last one. */
  readonly lines: readonly Line[];
}

/** The text in the lines that begin with the run at `at`. */
export function readFolded(scan: TextScan, bytes: Uint8Array, at: number): Folded | undefined {
  if (!isEncoded(bytes[at + shortestLine - 1]) || isEncoded(bytes[at - 1])) return undefined;
  const start = endsEscape(bytes, at) ? at + 1 : at;
  // Most are pictures and archives.
  if (!mayBeText(bytes, start, start + shortestLine)) return undefined;
  const width = endOfLetters(bytes, start, longestLine + 1) - start;
  if (width < shortestLine || width > longestLine || foldAt(bytes, start + width) <= 0) return undefined;
  const lines = isBehindLine(bytes, start, width) ? undefined : linesFrom(bytes, start, width);
  if (lines === undefined) return undefined;
  // A word on the next line may look like a last one.
  return textOf(scan, bytes, lines) ?? textOf(scan, bytes, lines.slice(0, -1));
}

/** Of `width` letters each, but for the last one. undefined: too many. */
function linesFrom(bytes: Uint8Array, first: number, width: number): readonly Line[] | undefined {
  const lines: Line[] = [];
  let start = first;
  for (let fold = 1; fold > 0; ) {
    if ((lines.length + 1) * width > longest) return undefined;
    const end = endOfLetters(bytes, start, width + 1);
    if (end === start || end - start > width) break;
    fold = end - start === width ? foldAt(bytes, end) : 0;
    lines.push({ start, end });
    start = end + fold;
  }
  return lines;
}

function textOf(scan: TextScan, bytes: Uint8Array, lines: readonly Line[]): Folded | undefined {
  const [first] = lines;
  const last = lines.at(-1);
  if (first === undefined || last === undefined || first === last) return undefined;
  const letters = new Uint8Array(lines.reduce((sum, { start, end }) => sum + end - start, 0));
  let length = 0;
  for (const { start, end } of lines) {
    letters.set(bytes.subarray(start, end), length);
    length += end - start;
  }
  const end = behindPadding(bytes, last.end);
  // It would not be written again as it is: a word.
  if (end === last.end && hasStrayBits(letters)) return undefined;
  const text = decodeLetters(letters);
  if (text === undefined || !scan.isText(text)) return undefined;
  return { start: first.start, end, text, lines: lines.with(-1, { start: last.start, end }) };
}

/** From where on bytes must be held because a run in lines goes on to their end. */
export function foldedHoldFrom(bytes: Uint8Array, base: number): number {
  const none = bytes.length;
  let end = bytes.length;
  while (bytes.length - end < longestPad && bytes[end - 1] === pad) end--;
  let start = startOfLetters(bytes, end);
  let before = frontOfFold(bytes, start);
  // The last line has nothing yet.
  if (end === bytes.length && before < 0) {
    before = frontOfCutFold(bytes);
    start = end;
  }
  if (before < 0) return none;
  const width = before - startOfLetters(bytes, before);
  if (width < shortestLine || width > longestLine || end - start > width) return none;
  let folds = foldAt(bytes, before) > 0 ? 1 : 0;
  for (start = before - width; start >= base && (folds + 1) * width <= longest; folds++) {
    before = frontOfFold(bytes, start);
    // The letter of an escape in front of it is the first of the run.
    if (before < 0 || before - startOfLetters(bytes, before) !== width)
      return isEncoded(bytes[start - 1]) ? start - 1 : start;
    start = before - width;
  }
  return none;
}

const isBehindLine = (bytes: Uint8Array, start: number, width: number): boolean => {
  const end = frontOfFold(bytes, start);
  return end >= 0 && end - startOfLetters(bytes, end) === width;
};

function endOfLetters(bytes: Uint8Array, from: number, most: number): number {
  let at = from;
  while (at - from < most && isEncoded(bytes[at])) at++;
  return at;
}

/** Of a line that ends at `end`; of one that is too long somewhere in it. */
function startOfLetters(bytes: Uint8Array, end: number): number {
  let at = end;
  while (end - at <= longestLine + 1 && isEncoded(bytes[at - 1])) at--;
  return at < end && endsEscape(bytes, at) ? at + 1 : at;
}

const isCut = -1;

/** How long the line end at `at` is; 0: there is none, `isCut`: more bytes could make it one. */
function foldAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === lineFeed) return 1;
  if (byte === carriageReturn) return bytes[at + 1] === lineFeed ? 2 : at + 1 < bytes.length ? 0 : isCut;
  const first = endOfEscape(bytes, at);
  if (first <= 0 || bytes[first - 1] === letterN) return first <= 0 ? first : first - at;
  const second = endOfEscape(bytes, first);
  return second <= 0 ? second : bytes[second - 1] === letterN ? second - at : 0;
}

/** Behind `\n` or `\r`. */
function endOfEscape(bytes: Uint8Array, at: number): number {
  let letter = at;
  while (letter - at < maxBackslashes && bytes[letter] === backslash) letter++;
  if (letter >= bytes.length) return isCut;
  return letter > at && (bytes[letter] === letterN || bytes[letter] === letterR) ? letter + 1 : 0;
}

/** Where the line end begins that ends at `end`; negative: none does. */
function frontOfFold(bytes: Uint8Array, end: number): number {
  if (bytes[end - 1] === lineFeed) return bytes[end - 2] === carriageReturn ? end - 2 : end - 1;
  const second = frontOfEscape(bytes, end, letterN);
  if (second < 0) return -1;
  const first = frontOfEscape(bytes, second, letterR);
  return first < 0 ? second : first;
}

function frontOfEscape(bytes: Uint8Array, end: number, letter: number): number {
  if (bytes[end - 1] !== letter || bytes[end - 2] !== backslash) return -1;
  let at = end - 2;
  while (end - 1 - at < maxBackslashes && bytes[at - 1] === backslash) at--;
  return at;
}

/** The same at the end of the bytes, of one that has not come as a whole. */
function frontOfCutFold(bytes: Uint8Array): number {
  const end = bytes.length;
  for (let at = Math.max(1, end - longestFold); at < end; at++)
    if (foldAt(bytes, at) === isCut && isEncoded(bytes[at - 1])) return at;
  return -1;
}
