/** Writing over what was found. */
import { isAlphanumeric, isBlank, leftContextBytes } from './characters.ts';
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
 * closes a string is not known without reading everything before it. In doubt yes: nines hide as much as stars, and are right
 * in a string too. Behind a member's colon always; behind `[` and `,`, which texts hold as well, only in front of `,`, `]`, `}` or a line end.
 *
 * @param end undefined when it is not known: then what follows would fit
 */
export function isBareNumber(bytes: Uint8Array, start: number, end: number | undefined, json: boolean): boolean {
  const limit = start - leftContextBytes;
  let at = skipBlanks(bytes, bytes[start - 1] === 0x2d ? start - 2 : start - 1, limit);
  if (at >= limit && bytes[at] === 0x3a) {
    at = skipBlanks(bytes, at - 1, limit);
    return at >= limit && (bytes[at] === 0x22 || bytes[at] === quoteByte);
  }
  const opens = at < Math.max(limit, 0) || bytes[at] === 0x5b || bytes[at] === 0x2c;
  return json && opens && (end === undefined || closesNumber(bytes[end]));
}

/** Leftwards, not beyond `limit`: a stream keeps no more. */
function skipBlanks(bytes: Uint8Array, from: number, limit: number): number {
  let at = from;
  while (at >= limit && isBlank(bytes[at])) at--;
  return at;
}
const closesNumber = (byte: number | undefined): boolean =>
  byte === undefined ||
  byte === 0x2c ||
  byte === 0x5d ||
  byte === 0x7d ||
  byte === 0x0a ||
  byte === 0x0d ||
  byte === 0x2e;

/** For bytes that could not be read: no letter, digit or byte beyond ASCII survives. */
export function blot(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => (byte === 0 || byte >= 0x80 || isAlphanumeric(byte) ? star : byte));
}

/** The same for text: no letter and no digit of any script survives. */
export const blotText = (text: string): string => text.replace(/[\p{L}\p{N}]/gu, '*');
