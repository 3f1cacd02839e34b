/**
 * Values that hide in base64 (RFC 4648, 4) and base64url (5): a run of letters that decodes to text is masked inside, by the same
 * engine, and written in the same letters again. What is no text stays: a picture, an embedding, a hash, an identifier that only
 * looks like it. A mask keeps the length of text in ASCII, so the run keeps its own.
 *
 * In base64url a run is read only where it has a letter that base64 has not, and then as a whole: "-" and "_" stand between the words
 * of identifiers too, so what lies between them is a run of base64 as ever. Such a letter stands for "?", ">", "~" and characters beyond
 * ASCII alone: of text, runs of base64 remain between them, and one of those is what leads to it.
 *
 * A longer run than `longest` is not decoded, and its letters are searched as they stand. Runs in lines: folded.ts.
 */
import type { TextScan } from '../ports.ts';
import { endsEscape, hexadecimal } from './characters.ts';
import { plusByte } from './look-alikes.ts';
import { chars, type Pattern, times } from './pattern.ts';

/** Eleven bytes, a social security number, are 15 letters and a `=`. */
export const shortest = 16;
const letters = shortest - 1;
/** 3 KiB of text; that much of a run may be held back. */
export const longest = 4096;

const lettersAndDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const encodedLetters = `${lettersAndDigits}+/`;
/** What a byte is worth; 64: nothing. */
const worthIn = (alphabet: string): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, byte) => {
    const at = alphabet.indexOf(String.fromCharCode(byte));
    return at < 0 ? 64 : at;
  });
const plain = worthIn(encodedLetters);
plain[plusByte] = 62;
const url = worthIn(`${lettersAndDigits}-_`);
export const pad = 0x3d;
export const longestPad = 2;
const dash = 0x2d;
const underscore = 0x5f;

/** Only for its form: runs are found by `nextRun`. Counting their letters in a table of heads would multiply its states. */
export const encodedHead: Pattern = times(chars('0-9A-Za-z+\\/'), letters);

const has = (alphabet: Uint8Array, byte: number | undefined): boolean =>
  byte !== undefined && (alphabet[byte] ?? 64) < 64;
export const isEncoded = (byte: number | undefined): boolean => has(plain, byte);

function endOfRun(alphabet: Uint8Array, bytes: Uint8Array, from: number, limit = bytes.length): number {
  let at = from;
  while (at < limit && (alphabet[bytes[at] ?? 0] ?? 64) < 64) at++;
  return at;
}

/** Whether base64url is what a run is in. */
export function hasUrlLetter(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === dash || bytes[at] === underscore) return true;
  return false;
}

/**
 * Where the first run of enough letters begins at or after `from`; infinite: nowhere. Looks at about one byte in three. Hashes and
 * trace ids, which have no letter beyond hexadecimal, are passed over: no text is written so.
 *
 * @param front no run of base64url that leads to it begins in front of this
 */
export function nextRun(bytes: Uint8Array, from: number, front = from): number {
  let at = has(plain, bytes[from - 1]) ? endOfRun(plain, bytes, from) : from;
  while (at + letters <= bytes.length) {
    let probe = at + letters - 1;
    while (probe >= at && (plain[bytes[probe] ?? 0] ?? 64) < 64) probe--;
    if (probe < at) {
      let beyond = at;
      while (hexadecimal[bytes[beyond] ?? 0] === 1) beyond++;
      if (has(plain, bytes[beyond])) return urlRunFrom(bytes, at, front) ?? at;
      probe = beyond;
    }
    at = probe + 1;
  }
  return Number.POSITIVE_INFINITY;
}

/** Whether enough letters stand in front of `end`, where they end. */
export function endsRun(bytes: Uint8Array, end: number): boolean {
  let at = end;
  while (end - at < letters && has(plain, bytes[at - 1])) at--;
  return end - at === letters;
}

/**
 * Where the run of base64url around a run of base64 begins; undefined: not in front of it. Looks back no further than to the run before,
 * which has looked back itself.
 */
function urlRunFrom(bytes: Uint8Array, run: number, from: number): number | undefined {
  // Where a "+" or "/" of its first letters ends the run of base64url, that one was too short, and is gone when they come.
  if (endOfRun(url, bytes, run, run + letters) < run + letters) return undefined;
  let start = run;
  for (let count = 0; start > from && has(url, bytes[start - 1]) && count < letters; start--)
    count = has(plain, bytes[start - 1]) ? count + 1 : 0;
  if (start === run || has(url, bytes[start - 1]) || !mayBegin(url, bytes, start)) return undefined;
  // One that is too long is no run, however much of it has come.
  return endOfRun(url, bytes, run, start + longest + 1) - start <= longest ? start : undefined;
}

/** Most identifiers, lines with "-" or "_" and pictures show within their first letters that they are no text. */
function mayBegin(alphabet: Uint8Array, bytes: Uint8Array, at: number): boolean {
  return looksLikeText(alphabet, bytes, at, endOfRun(alphabet, bytes, at, at + 12));
}

/** 1: a letter of base64 that is no sign, 2: one that is. */
const partKind = plain.map((value) => (value < 62 ? 1 : value < 64 ? 2 : 0));

/** Behind the next `+` or `/` of the run that `from` lies in; `-1 - end` where it ends without one. */
export function nextPart(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && partKind[bytes[at] ?? 0] === 1) at++;
  return at < bytes.length && partKind[bytes[at] ?? 0] === 2 ? at + 1 : -1 - at;
}

/** From where on bytes must be held because a run goes on to their end: it may have more letters, or padding. */
export function encodedHoldFrom(bytes: Uint8Array, base: number): number {
  let end = bytes.length;
  while (end > base && bytes.length - end < longestPad && bytes[end - 1] === pad) end--;
  const inUrl = openFrom(url, bytes, base, end);
  return Math.min(openFrom(plain, bytes, base, end), mayBegin(url, bytes, inUrl) ? inUrl : bytes.length);
}

function openFrom(alphabet: Uint8Array, bytes: Uint8Array, base: number, end: number): number {
  let at = end;
  const limit = Math.max(base, end - longest - 1);
  while (at > limit && has(alphabet, bytes[at - 1])) at--;
  // A longer run is decided already, and one that goes on from what was released has begun there.
  const isOpen = end - at <= longest && !(at === base && has(alphabet, bytes[at - 1]));
  return isOpen && at < end ? at : bytes.length;
}

export interface Encoded {
  readonly start: number;
  readonly end: number;
  /** Valid UTF-8 without control characters. */
  readonly text: Uint8Array;
}

/** The text that begins at `start`; of a path in base64 such as `/users/MTIz…` that in its last part. */
export function readEncoded(scan: TextScan, bytes: Uint8Array, start: number): Encoded | undefined {
  return readUrl(scan, bytes, start) ?? readPlain(scan, bytes, start);
}

function readUrl(scan: TextScan, bytes: Uint8Array, start: number): Encoded | undefined {
  // Most runs are short: their last letter is looked for first.
  if (has(url, bytes[start - 1]) || !has(url, bytes[start + shortest - longestPad - 1])) return undefined;
  if (!mayBegin(url, bytes, start)) return undefined;
  const stop = endOfRun(url, bytes, start, start + longest + 1);
  const end = behindPadding(bytes, stop);
  if (stop - start > longest || end - start < shortest || !hasUrlLetter(bytes, start, stop)) return undefined;
  const text = decode(url, bytes, start, stop);
  return text !== undefined && scan.isText(text) ? { start, end, text } : undefined;
}

function readPlain(scan: TextScan, bytes: Uint8Array, start: number): Encoded | undefined {
  if (has(plain, bytes[start - 1])) return undefined;
  // Of `\n` in front of it the letter is none of its own.
  let from = endsEscape(bytes, start) ? start + 1 : start;
  if (!mayBegin(plain, bytes, from)) from = nextPart(bytes, from);
  if (from < 0) return undefined;
  const stop = endOfRun(plain, bytes, from, start + longest + 1);
  if (stop - start > longest) return undefined;
  const end = behindPadding(bytes, stop);
  for (; from >= 0 && end - from >= shortest; from = nextPart(bytes, from)) {
    const text = decode(plain, bytes, from, stop);
    if (text !== undefined && scan.isText(text)) return { start: from, end, text };
  }
  return undefined;
}

export function behindPadding(bytes: Uint8Array, stop: number): number {
  let end = stop;
  while (end - stop < longestPad && bytes[end] === pad) end++;
  return end;
}

/** undefined: no base64, or of bytes that no text has. Most runs of letters show that within a few of them. */
function decode(alphabet: Uint8Array, bytes: Uint8Array, start: number, stop: number): Uint8Array | undefined {
  if ((stop - start) % 4 === 1 || !looksLikeText(alphabet, bytes, start, stop)) return undefined;
  const text = new Uint8Array(((stop - start) * 3) >> 2);
  for (let at = start, length = 0; length < text.length; at += 4) {
    const group = groupAt(alphabet, bytes, at, stop);
    text[length++] = group >> 16;
    if (length < text.length) text[length++] = (group >> 8) & 0xff;
    if (length < text.length) text[length++] = group & 0xff;
  }
  return text;
}

export const decodeLetters = (letters: Uint8Array): Uint8Array | undefined => decode(plain, letters, 0, letters.length);

/** Bits behind the last whole byte that no coder sets (RFC 4648, 3.5). */
export function hasStrayBits(letters: Uint8Array): boolean {
  const last = plain[letters[letters.length - 1] ?? 0] ?? 0;
  const rest = letters.length % 4;
  return (rest === 2 && last % 16 !== 0) || (rest === 3 && last % 4 !== 0);
}

/** Whether letters of base64 may be those of a text, told from what most others show within a few. */
export const mayBeText = (bytes: Uint8Array, start: number, stop: number): boolean =>
  looksLikeText(plain, bytes, start, stop);

/** Four letters as three bytes; what stands behind `stop` counts as zeros. */
function groupAt(alphabet: Uint8Array, bytes: Uint8Array, at: number, stop: number): number {
  let group = 0;
  for (let i = at; i < at + 4; i++) group = (group << 6) | (i < stop ? (alphabet[bytes[i] ?? 0] ?? 0) : 0);
  return group;
}

/** Whether the bytes of all whole groups may stand in UTF-8 text: no control characters, continuations only behind a lead. */
function looksLikeText(alphabet: Uint8Array, bytes: Uint8Array, start: number, stop: number): boolean {
  let isInside = false;
  for (let at = start; at + 4 <= stop; at += 4) {
    const group = groupAt(alphabet, bytes, at, stop);
    for (let shift = 16; shift >= 0; shift -= 8) {
      const kind = kinds[(group >> shift) & 0xff] ?? noText;
      if (kind === noText || (kind === continuation && !isInside)) return false;
      isInside = kind !== ascii;
    }
  }
  return true;
}

const noText = 0;
const ascii = 1;
const continuation = 2;
const lead = 3;
const kinds = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte < 0x20) return byte === 0x09 || byte === 0x0a || byte === 0x0d ? ascii : noText;
  if (byte < 0x7f) return ascii;
  if (byte < 0x80 || byte === 0xc0 || byte === 0xc1 || byte > 0xf4) return noText;
  return byte < 0xc0 ? continuation : lead;
});
