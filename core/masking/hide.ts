/** Writing over what was found. */
import { isAlphanumeric } from './characters.ts';
import type { Span } from './recognizers/recognizer.ts';

export const star = 0x2a;
/** In a bare JSON number a star would break the JSON; nines keep it a number that never begins with a zero. */
export const nine = 0x39;

/** Spans in the order of their starts. Spans come in the order of their heads, and an address begins before its `@`. */
export const byStart = (spans: readonly Span[]): readonly Span[] =>
  spans.length < 2 ? spans : spans.toSorted((a, b) => a.start - b.start);

export const isHidden = (span: Span, byte: number): boolean =>
  span.style === 'address' ? byte !== 0x40 : isAlphanumeric(byte);

/** For bytes that could not be read: no letter, digit or byte beyond ASCII survives. */
export function blot(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => (byte === 0 || byte >= 0x80 || isAlphanumeric(byte) ? star : byte));
}

/** The same for text: no letter and no digit of any script survives. */
export const blotText = (text: string): string => text.replace(/[\p{L}\p{N}]/gu, '*');

export function countQuotes(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) if (bytes[at] === 0x22) count++;
  return count;
}
