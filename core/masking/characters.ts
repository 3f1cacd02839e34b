/** Byte classes and the edges of a match. Only lookups and comparisons: this is the inner loop. */
import { any, chars, literal, type Pattern, seq } from './pattern.ts';

/** What stands in a shadow for characters outside ASCII: a letter of a Latin script, a space or dash, anything else. */
export const otherByte = 0x1a;
export const letterByte = 0x1b;
const separatorByte = 0x1c;
/** A quote that is escaped: it ends no string, but it may enclose one of JSON inside JSON. */
export const quoteByte = 0x1d;

/** Spaces and dashes that people and models put between groups of digits; U+00A0, U+2007, U+202F; U+2010 … U+2015, U+2212. */
const unicodeSpaces = '\\x{a0}\\x{2007}\\x{202f}';
const unicodeDashes = '\\x{2010}-\\x{2015}\\x{2212}';
/**
 * Letters and combining marks of Latin scripts, rounded up to whole lead bytes in UTF-8 (C3 … C9, CC, CD): what is read byte
 * by byte must be what the hold-back knows, or a chunk that ends behind one of them changes the outcome.
 */
export const latinLetters = '\\x{c0}-\\x{27f}\\x{300}-\\x{37f}';
export const isLatinLead = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= 0xc3 && byte <= 0xc9) || byte === 0xcc || byte === 0xcd);

export const digit: Pattern = chars('0-9');
export const letter: Pattern = chars('A-Za-z');
export const alphanumeric: Pattern = chars('0-9A-Za-z');

/** One separator: `extra` adds ASCII characters to space and dash. */
export const separator = (extra: string): Pattern => chars(` \\-${extra}\\x{1c}${unicodeSpaces}${unicodeDashes}`, 3);
/** One separator, or a dash with a space on each side. */
export const gap = (extra: string): Pattern => any(seq(literal(' '), separator(''), literal(' ')), separator(extra));

export const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;
export const isLetter = (byte: number | undefined): boolean => {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
};
export const isAlphanumeric = (byte: number | undefined): boolean => isDigit(byte) || isLetter(byte);

const isHexLetter = (byte: number | undefined): boolean => {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66;
};

/** Bytes that a left edge may look back at; a stream keeps that many of what it has released. */
export const leftContextBytes = 12;

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

/**
 * Length in bytes of the separator at `at`, 0 when there is none. Mirrors `separator(extra)`: raw UTF-8 in a flat body, one
 * ASCII byte in a shadow.
 */
export function separatorLength(bytes: Uint8Array, at: number, extra: string): number {
  const byte = bytes[at];
  if (byte === undefined) return 0;
  if (byte === 0x20 || byte === 0x2d || byte === separatorByte) return 1;
  if (byte < 0x80) return extra.includes(String.fromCharCode(byte)) ? 1 : 0;
  if (byte === 0xc2) return bytes[at + 1] === 0xa0 ? 2 : 0;
  if (byte !== 0xe2) return 0;
  const second = bytes[at + 1];
  const third = bytes[at + 2] ?? 0;
  if (second === 0x80) return third === 0x87 || third === 0xaf || (third >= 0x90 && third <= 0x95) ? 3 : 0;
  return second === 0x88 && third === 0x92 ? 3 : 0;
}

/** Length of `gap(extra)` at `at`: one separator, or a dash between two spaces. */
export function gapLength(bytes: Uint8Array, at: number, extra: string): number {
  if (bytes[at] === 0x20 && bytes[at + 1] !== 0x20) {
    const dash = separatorLength(bytes, at + 1, '');
    if (dash > 0 && bytes[at + 1 + dash] === 0x20) return dash + 2;
  }
  return separatorLength(bytes, at, extra);
}

/** What a UTF-16 unit looks like in a shadow: one byte, so that offsets stay equal. */
export function shadowOfUnit(unit: number): number {
  if (unit < 0x80) return unit;
  if (unit === 0xa0 || unit === 0x2007 || unit === 0x202f || unit === 0x2212) return separatorByte;
  if (unit >= 0x2010 && unit <= 0x2015) return separatorByte;
  if ((unit >= 0xc0 && unit <= 0x27f) || (unit >= 0x300 && unit <= 0x37f)) return letterByte;
  return otherByte;
}
