/**
 * Values that hide in base64 (RFC 4648, 4): a run of its letters that decodes to text is masked inside, by the same engine, and
 * written as base64 again. What is no text stays: a picture, an embedding, a hash, an identifier that only looks like it.
 * A mask keeps the length of text in ASCII, so the run keeps its own.
 *
 * A longer run than `longest` is not decoded, and its letters are searched as they stand. In MIME's lines of 76 each line is a run.
 */
import type { TextScan } from '../ports.ts';
import { hexadecimal } from './characters.ts';
import { chars, type Pattern, times } from './pattern.ts';

/** Eleven bytes, a social security number, are 15 letters and a `=`. */
export const shortest = 16;
/** 3 KiB of text; that much of a run may be held back. */
export const longest = 4096;

export const encodedLetters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** What a byte is worth; 64: nothing. */
const worth = Uint8Array.from({ length: 256 }, (_, byte) => {
  const at = encodedLetters.indexOf(String.fromCharCode(byte));
  return at < 0 ? 64 : at;
});
export const pad = 0x3d;
const slash = 0x2f;
const plus = 0x2b;

/** Only for its form: runs are found by `nextRun`. Counting their letters in a table of heads would multiply its states. */
export const encodedHead: Pattern = times(chars('0-9A-Za-z+\\/'), shortest - 1);

/** 1: one of the letters. */
const isLetter = worth.map((value) => (value < 64 ? 1 : 0));
export const isEncoded = (byte: number | undefined): boolean => byte !== undefined && isLetter[byte] === 1;

export function endOfRun(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isEncoded(bytes[at])) at++;
  return at;
}

/**
 * Where the first run of enough letters begins at or after `from`; infinite: nowhere. Looks at about one byte in three. Hashes and
 * trace ids, which have no letter beyond hexadecimal, are passed over: no text is written so.
 */
export function nextRun(bytes: Uint8Array, from: number): number {
  const letters = shortest - 1;
  let at = isEncoded(bytes[from - 1]) ? endOfRun(bytes, from) : from;
  while (at + letters <= bytes.length) {
    let probe = at + letters - 1;
    while (probe >= at && isLetter[bytes[probe] ?? 0] === 1) probe--;
    if (probe < at) {
      let beyond = at;
      while (hexadecimal[bytes[beyond] ?? 0] === 1) beyond++;
      if (isEncoded(bytes[beyond])) return at;
      probe = beyond;
    }
    at = probe + 1;
  }
  return Number.POSITIVE_INFINITY;
}

/** Behind the next `+` or `/` of a run that ends at `stop`; -1: there is none. */
export function nextPart(bytes: Uint8Array, from: number, stop: number): number {
  for (let at = from; at < stop; at++) if (bytes[at] === slash || bytes[at] === plus) return at + 1;
  return -1;
}

/** From where on bytes must be held because a run goes on to their end: it may have more letters, or padding. */
export function encodedHoldFrom(bytes: Uint8Array, base: number): number {
  let at = bytes.length;
  while (at > base && bytes.length - at < 2 && bytes[at - 1] === pad) at--;
  const end = at;
  const limit = Math.max(base, end - longest - 1);
  while (at > limit && isEncoded(bytes[at - 1])) at--;
  // A longer run is decided already, and one that goes on from what was released has begun there.
  const isOpen = end - at <= longest && !(at === base && isEncoded(bytes[at - 1]));
  return isOpen && at < end ? at : bytes.length;
}

export interface Encoded {
  readonly start: number;
  readonly end: number;
  /** Valid UTF-8 without control characters. */
  readonly text: Uint8Array;
}

/** The text that begins at `start` in base64; of a path such as `/users/MTIz…` that in its last part. */
export function readEncoded(scan: TextScan, bytes: Uint8Array, start: number): Encoded | undefined {
  if (isEncoded(bytes[start - 1])) return undefined;
  const stop = endOfRun(bytes, start);
  if (stop - start > longest) return undefined;
  let end = stop;
  while (end - stop < 2 && bytes[end] === pad) end++;
  for (let from = start; from >= 0 && end - from >= shortest; from = nextPart(bytes, from, stop)) {
    const text = decode(bytes, from, stop);
    if (text !== undefined && scan.isText(text)) return { start: from, end, text };
  }
  return undefined;
}

/** undefined: no base64, or of bytes that no text has. Most runs of letters show that within a few of them. */
function decode(bytes: Uint8Array, start: number, stop: number): Uint8Array | undefined {
  if ((stop - start) % 4 === 1 || !looksLikeText(bytes, start, stop)) return undefined;
  const text = new Uint8Array(((stop - start) * 3) >> 2);
  for (let at = start, length = 0; length < text.length; at += 4) {
    const group = groupAt(bytes, at, stop);
    text[length++] = group >> 16;
    if (length < text.length) text[length++] = (group >> 8) & 0xff;
    if (length < text.length) text[length++] = group & 0xff;
  }
  return text;
}

/** Four letters as three bytes; what stands behind `stop` counts as zeros. */
function groupAt(bytes: Uint8Array, at: number, stop: number): number {
  let group = 0;
  for (let i = at; i < at + 4; i++) group = (group << 6) | (i < stop ? (worth[bytes[i] ?? 0] ?? 0) : 0);
  return group;
}

/** Whether the bytes of all whole groups may stand in UTF-8 text: no control characters, continuations only behind a lead. */
function looksLikeText(bytes: Uint8Array, start: number, stop: number): boolean {
  let isInside = false;
  for (let at = start; at + 4 <= stop; at += 4) {
    const group = groupAt(bytes, at, stop);
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
