/** Does a phrase name the value behind it? A member of JSON, a label, a column, an assignment. */
import { isAlphanumeric, isBlank, isLetter } from '../characters.ts';
import { quoteByte } from '../look-alikes.ts';
import { otherwise } from './lexicon.ts';

/** How far behind a phrase its value may begin. A stream keeps that many bytes of what it has released. */
export const contextBytes = 40;

/** What else a member's name may hold behind the phrase, and the blanks and backslashes around a quote or a colon. */
const maxTail = 24;
const maxBlanks = 16;

/** The value of a member begins at `start`; its strings end with `quote` behind `backslashes` of them. */
export interface Member {
  readonly nameEnd: number;
  readonly start: number;
  readonly quote: number;
  readonly backslashes: number;
}

const backslash = 0x5c;
const colon = 0x3a;
const isQuote = (byte: number | undefined): boolean => byte === 0x22 || byte === quoteByte || byte === 0x27;
/** 1: may stand in a member's name behind the phrase. */
const tail = Uint8Array.from({ length: 256 }, (_, byte) =>
  isAlphanumeric(byte) || byte === 0x5f || byte === 0x2d || byte === 0x20 || byte === 0x2e ? 1 : 0,
);

/**
 * Reads from `end`, behind a phrase, over the rest of a member's name, its quote and the colon. `open`: more bytes could make
 * it one. `\"ssn\":` of JSON inside JSON counts too.
 */
export function memberBehind(bytes: Uint8Array, end: number): Member | 'open' | undefined {
  let name = end;
  while (name - end < maxTail && tail[bytes[name] ?? 0] === 1) name++;
  const quoteAt = skip(bytes, name, isBackslash, maxBlanks);
  const quote = bytes[quoteAt];
  if (quote === undefined) return 'open';
  if (!isQuote(quote)) return undefined;
  const colonAt = skip(bytes, quoteAt + 1, isBlank, maxBlanks);
  if (bytes[colonAt] === undefined) return 'open';
  if (bytes[colonAt] !== colon) return undefined;
  const start = skip(bytes, colonAt + 1, isBlank, maxBlanks);
  if (bytes[start] === undefined) return 'open';
  return { nameEnd: name, start, quote, backslashes: quoteAt - name };
}

/** Whether the name of a member or column, behind the phrase, makes it speak of something else. */
export function speaksOtherwise(bytes: Uint8Array, from: number, to: number): boolean {
  let start = to;
  while (start > from && isAlphanumeric(bytes[start - 1]) && !beginsHump(bytes, start, from, to)) start--;
  let word = '';
  for (let at = start; at < to; at++) word += String.fromCharCode((bytes[at] ?? 0) | 0x20);
  return otherwise.has(word);
}

/** `first_name`, `first_name_2`: nothing but a number may stand behind the phrase. */
export function isOrdinal(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (isLetter(bytes[at])) return false;
  return true;
}

/** The letter at `start` begins a word of its own: `phoneVerified`. */
function beginsHump(bytes: Uint8Array, start: number, from: number, to: number): boolean {
  const byte = bytes[start] ?? 0;
  const before = bytes[start - 1] ?? 0;
  return start < to && start > from && byte >= 0x41 && byte <= 0x5a && before >= 0x61 && before <= 0x7a;
}

/** What ends one member and begins another: brackets, and a comma next to a quote. */
export function isBreak(bytes: Uint8Array, at: number, end: number): boolean {
  const byte = bytes[at];
  if (byte === 0x7b || byte === 0x7d || byte === 0x5d) return true;
  return byte === 0x2c && (isQuote(bytes[at - 1]) || isQuote(bytes[skip(bytes, at + 1, isBlank, end - at - 1)]));
}

export const isOfWord = (byte: number | undefined): boolean => isAlphanumeric(byte) || byte === 0x5f || byte === 0x2d;
const isBackslash = (byte: number | undefined): boolean => byte === backslash;

function skip(bytes: Uint8Array, from: number, fits: (byte: number | undefined) => boolean, most: number): number {
  let at = from;
  while (at - from < most && fits(bytes[at])) at++;
  return at;
}
