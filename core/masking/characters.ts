/** Byte classes and the edges of a match. Only lookups and comparisons: this is the inner loop. */
import { isOtherSpace, otherSpaces } from './look-alikes.ts';
import { any, chars, literal, type Pattern, seq } from './pattern.ts';

export const digit: Pattern = chars('0-9');
/** A number with a sign begins behind a shorter run of digits in no list: `1+2` and `20+12345678` are sums. */
export const digitsOfListed = 7;
export const letter: Pattern = chars('A-Za-z');
export const alphanumeric: Pattern = chars('0-9A-Za-z');

/** One separator: `extra` adds ASCII characters to space and dash. */
export const separator = (extra: string): Pattern => chars(` \\-${extra}${otherSpaces}`);
/** One separator, or a dash with a space on each side. */
export const gap = (extra: string): Pattern => any(seq(literal(' '), separator(''), literal(' ')), separator(extra));

export const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;
export const isLetter = (byte: number | undefined): boolean => {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
};
/** Of JSON. */
export const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
export const isAlphanumeric = (byte: number | undefined): boolean => isDigit(byte) || isLetter(byte);

const isHexLetter = (byte: number | undefined): boolean => {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66;
};

/** 1: a digit or one of the letters of hexadecimal. */
export const hexadecimal = Uint8Array.from({ length: 256 }, (_, byte) => (isDigit(byte) || isHexLetter(byte) ? 1 : 0));
export const isHex = (byte: number | undefined): boolean => byte !== undefined && hexadecimal[byte] === 1;

/**
 * Bytes of what it has released that a stream keeps: left edges look back at them, and words and names of members that say
 * what a value is (context/).
 */
export const leftContextBytes = 128;

/** The last byte of an escape such as `\n` that is itself part of the text (JSON inside JSON, a log line). */
export function endsEscape(bytes: Uint8Array, at: number): boolean {
  if (bytes[at - 1] !== 0x5c) return false;
  const byte = bytes[at];
  return byte === 0x6e || byte === 0x72 || byte === 0x74 || byte === 0x62 || byte === 0x66;
}

/** Digits in groups: only another digit glues. `SSN123-45-6789` must not hide behind its label. */
export const edgeOfGroups = (bytes: Uint8Array, start: number, end: number): boolean =>
  !isDigit(bytes[start - 1]) && !isDigit(bytes[end]);

/** Longer words are not read to their end to know whether they are one. */
const longestLabel = 8;

/**
 * A bare run of digits: not a fraction (0.4111111111111111 is a score) and not a piece of a hexadecimal token. A label in
 * front (`card4111…`) is no hexadecimal: it has a letter beyond f, or it is a short word of its own (`cc4111…`).
 */
export const leftEdgeOfRun = (bytes: Uint8Array, start: number): boolean => {
  const before = bytes[start - 1];
  if (isDigit(before)) return false;
  if (before === 0x2e) return !isDigit(bytes[start - 2]);
  if (!isHexLetter(before) || endsEscape(bytes, start - 1)) return true;
  let at = start - 2;
  for (; at >= start - longestLabel && isLetter(bytes[at]); at--) if (!isHexLetter(bytes[at])) return true;
  return at >= start - 5 && !isDigit(bytes[at]);
};

/** A word may follow (`4111…exp12/25`), a piece of hexadecimal may not. Reads `rightLabelBytes` and one more. */
export const rightEdgeOfRun = (bytes: Uint8Array, end: number): boolean => {
  if (isDigit(bytes[end])) return false;
  if (!isHexLetter(bytes[end])) return true;
  let at = end;
  while (at < end + rightLabelBytes && isHexLetter(bytes[at])) at++;
  return isLetter(bytes[at]) && !isHexLetter(bytes[at]);
};
export const rightLabelBytes = 3;
export const hexLetter: Pattern = chars('A-Fa-f');

/** A token of letters and digits stands alone, after an escape, or right behind `label` (lower case). */
export function edgeOfToken(bytes: Uint8Array, start: number, end: number, label: string): boolean {
  if (isAlphanumeric(bytes[end])) return false;
  if (!isAlphanumeric(bytes[start - 1]) || endsEscape(bytes, start - 1)) return true;
  for (let i = 0; i < label.length; i++) {
    const byte = bytes[start - label.length + i];
    if (byte === undefined || (byte | 0x20) !== label.charCodeAt(i)) return false;
  }
  return true;
}

export function endOfDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isDigit(bytes[at])) at++;
  return at;
}

/** By byte, 1 for a separator. */
export type SeparatorBytes = Uint8Array;

/** Those of `separator(extra)`. */
export const separatorBytes = (extra: string): SeparatorBytes =>
  Uint8Array.from({ length: 256 }, (_, byte) =>
    isOtherSpace(byte) || ` -${extra}`.includes(String.fromCharCode(byte)) ? 1 : 0,
  );
export const spaceOrDash = separatorBytes('');

/** 1 where there is a separator at `at`, else 0. */
export const separatorLength = (bytes: Uint8Array, at: number, separators: SeparatorBytes): number =>
  separators[bytes[at] ?? 0] ?? 0;

/** Length of `gap(extra)` at `at`: one separator, or a dash between two spaces. */
export function gapLength(bytes: Uint8Array, at: number, separators: SeparatorBytes): number {
  const length = separatorLength(bytes, at, separators);
  if (length === 0 || bytes[at] !== 0x20 || bytes[at + 1] === 0x20) return length;
  return separatorLength(bytes, at + 1, spaceOrDash) === 1 && bytes[at + 2] === 0x20 ? 3 : 1;
}
