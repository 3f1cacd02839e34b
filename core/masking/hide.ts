/** Writing over what was found. */
import { isAlphanumeric, isBlank, isDigit, leftContextBytes } from './characters.ts';
import { letterByte, otherByte, quoteByte } from './look-alikes.ts';
import type { Style } from './recognizers/recognizer.ts';

export const star = 0x2a;
/** In a bare JSON number a star would break the JSON; nines keep it a number that never begins with a zero. */
export const nine = 0x39;

/** By style and byte: 1 for what is written over. */
export const hiddenBytes = {
  address: bytesThat((byte) => byte !== 0x40),
  characters: bytesThat(isAlphanumeric),
  number: bytesThat(isAlphanumeric),
  name: bytesThat((byte) => isAlphanumeric(byte) || byte === letterByte || byte === otherByte),
} as const satisfies Record<Style, Uint8Array>;

function bytesThat(isHidden: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (isHidden(byte) ? 1 : 0));
}

/**
 * Whether the digits at [start, end) stand where JSON has a number, told from what is next to them: whether a quote opens or
 * closes a string is not known without reading everything before it, nor what follows the blanks behind them without waiting for
 * it. In doubt yes: nines hide as much as stars, and are right in a string too. Behind a member's colon always; where JSON is known
 * to be, behind `[`, behind a comma or a line end that ends a value, and in front of all, if something that may follow a number does.
 *
 * @param end undefined when it is not known: then what follows would fit
 */
export function isBareNumber(bytes: Uint8Array, start: number, end: number | undefined, json: boolean): boolean {
  const limit = start - leftContextBytes;
  const front = bytes[start - 1] === 0x2d ? start - 2 : start - 1;
  const at = skipBlanks(bytes, front, limit);
  if (at >= limit && bytes[at] === 0x3a) {
    const name = skipBlanks(bytes, at - 1, limit);
    return name >= limit && isQuote(bytes[name]);
  }
  if (!json || (end !== undefined && !mayFollowNumber(bytes[end]))) return false;
  if (at < Math.max(limit, 0) || bytes[at] === 0x5b) return true;
  if (bytes[at] === 0x2c) return endsValue(bytes, skipBlanks(bytes, at - 1, limit), limit);
  return bytes.subarray(at + 1, front + 1).includes(lineFeed) && endsValue(bytes, at, limit);
}

const lineFeed = 0x0a;
const isQuote = (byte: number | undefined): boolean => byte === 0x22 || byte === quoteByte;

/** Leftwards, not beyond `limit`: a stream keeps no more. */
function skipBlanks(bytes: Uint8Array, from: number, limit: number): number {
  let at = from;
  while (at >= limit && isBlank(bytes[at])) at--;
  return at;
}

/** `}`, `]`, a quote or a digit, the last letter of a word of JSON's; a comma of prose stands behind other letters. */
function endsValue(bytes: Uint8Array, at: number, limit: number): boolean {
  if (at < Math.max(limit, 0)) return true;
  const byte = bytes[at];
  if (byte === 0x7d || byte === 0x5d || isQuote(byte) || isDigit(byte)) return true;
  return words.some((word) => word.every((letter, index) => bytes[at + 1 - word.length + index] === letter));
}
const words: readonly (readonly number[])[] = ['true', 'false', 'null'].map((word) => [
  ...new TextEncoder().encode(word),
]);

const mayFollowNumber = (byte: number | undefined): boolean =>
  byte === undefined || byte === 0x2c || byte === 0x5d || byte === 0x7d || byte === 0x2e || isBlank(byte);

/** For bytes that could not be read: no letter, digit or byte beyond ASCII survives. */
export function blot(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => (byte === 0 || byte >= 0x80 || isAlphanumeric(byte) ? star : byte));
}

/** The same for text: no letter and no digit of any script survives. */
export const blotText = (text: string): string => text.replace(/[\p{L}\p{N}]/gu, '*');
