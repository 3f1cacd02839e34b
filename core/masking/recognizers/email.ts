/**
 * Email addresses, as people use them (a subset of RFC 5321): the search looks for `@`, the local part is read leftwards in
 * code, at most 64 bytes. A counted local part in the search would multiply DFA states by 64.
 */
import { endsEscape, isAlphanumeric, isLetter } from '../characters.ts';
import { letterByte, plusByte } from '../look-alikes.ts';
import { chars, literal, type Pattern, repeat, seq, uncounted } from '../pattern.ts';
import type { Recognizer } from './recognizer.ts';

const localMaxBytes = 64;
const [dash, dot] = [0x2d, 0x2e];
const localSpecials = `!#$%'*+._~^-${String.fromCharCode(plusByte)}`;
const localSet = `0-9A-Za-z!#$%'*+._~\\^\\-\\x{1b}\\x{1f}`;
const label: Pattern = uncounted(chars('0-9A-Za-z\\-'), 1, 63);
const domain = seq(literal('@'), label, repeat(seq(literal('.'), label), 1, 8));

export const emails: Recognizer = {
  name: 'email',
  pattern: seq(repeat(chars(localSet), 1, localMaxBytes), domain),
  // Counting the labels of a domain would multiply the states of the search by their length.
  head: seq(literal('@'), chars('0-9A-Za-z')),
  read(bytes, at) {
    if (ofLocal[bytes[at - 1] ?? 0] === 0) return undefined;
    const end = endOfDomain(bytes, at + 1);
    if (end === undefined) return undefined;
    const start = startOfLocal(bytes, at);
    return start === at ? undefined : { start, end, style: 'address' };
  },
};

/** By byte: 1 for those of a local part, for those of them that cannot be its first one, and for those of a label. */
const ofLocal = bytesThat((byte) => isAlphanumeric(byte) || byte === letterByte || isSpecial(byte));
const notFirst = bytesThat(isSpecial);
const ofLabel = bytesThat((byte) => isAlphanumeric(byte) || byte === dash);

function bytesThat(is: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (is(byte) ? 1 : 0));
}
function isSpecial(byte: number): boolean {
  return localSpecials.includes(String.fromCharCode(byte));
}

function startOfLocal(bytes: Uint8Array, at: number): number {
  const limit = Math.max(0, at - localMaxBytes);
  let start = at;
  while (start > limit && ofLocal[bytes[start - 1] ?? 0] === 1) start--;
  // Quotes and bullets in front are no part of it.
  while (start < at && notFirst[bytes[start] ?? 0] === 1) start++;
  // `\nbob@…` inside a JSON text: the n stays, or the inner JSON breaks. It costs one letter of `CORP\nancy@…`.
  if (start < at - 1 && endsEscape(bytes, start)) start++;
  return start;
}

/**
 * The end of the last label that begins with a letter: `bob@example.com.123` is an address and a number, `12@3.50` a price.
 * Undefined when no label after the first begins with a letter.
 */
function endOfDomain(bytes: Uint8Array, from: number): number | undefined {
  let end: number | undefined;
  let at = from;
  for (let labels = 0; labels < 9; labels++) {
    const start = at;
    const limit = start + 63;
    while (at < limit && ofLabel[bytes[at] ?? 0] === 1) at++;
    if (at === start) break;
    if (labels > 0 && isLetter(bytes[start])) end = at;
    if (bytes[at] !== dot) break;
    at++;
  }
  return end;
}
