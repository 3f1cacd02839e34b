/**
 * Email addresses, as people use them (a subset of RFC 5321): RE2 looks for `@domain`, the local part is read leftwards in
 * code, at most 64 bytes. A counted local part in the search would multiply DFA states by 64.
 */
import { endsEscape, isAlphanumeric, isLetter } from '../characters.ts';
import { letterByte } from '../look-alikes.ts';
import { chars, literal, type Pattern, repeat, seq, uncounted } from '../pattern.ts';
import type { Recognizer } from './recognizer.ts';

const localMaxBytes = 64;
const [dash, dot] = [0x2d, 0x2e];
const localSpecials = "!#$%'*+._~^-";
const localSet = `0-9A-Za-z!#$%'*+._~\\^\\-\\x{1b}`;
const label: Pattern = uncounted(chars('0-9A-Za-z\\-'), 1, 63);
const domain = seq(literal('@'), label, repeat(seq(literal('.'), label), 1, 8));

export const emails: Recognizer = {
  name: 'email',
  pattern: seq(repeat(chars(localSet), 1, localMaxBytes), domain),
  // Counting the labels of a domain would multiply the states of the search by their length.
  head: seq(literal('@'), chars('0-9A-Za-z')),
  read(bytes, at) {
    const start = startOfLocal(bytes, at);
    if (start === at) return undefined;
    const end = endOfDomain(bytes, at + 1);
    return end === undefined ? undefined : { start, end, style: 'address' };
  },
};

/** Kinds of bytes, as bits: of a local part, those of them that cannot be its first one, of a label, and its first one. */
const [local, special, inLabel, isFirst] = [1, 2, 4, 8];
const kinds = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (isAlphanumeric(byte)) return local | inLabel | (isLetter(byte) ? isFirst : 0);
  if (byte === letterByte) return local;
  const ofLocal = localSpecials.includes(String.fromCharCode(byte)) ? local | special : 0;
  return byte === dash ? ofLocal | inLabel : ofLocal;
});
const is = (kind: number, byte: number | undefined): boolean => ((kinds[byte ?? 0] ?? 0) & kind) !== 0;

function startOfLocal(bytes: Uint8Array, at: number): number {
  const limit = Math.max(0, at - localMaxBytes);
  let start = at;
  while (start > limit && is(local, bytes[start - 1])) start--;
  // Quotes and bullets in front are no part of it.
  while (start < at && is(special, bytes[start])) start++;
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
    while (at < limit && is(inLabel, bytes[at])) at++;
    if (at === start) break;
    if (labels > 0 && is(isFirst, bytes[start])) end = at;
    if (bytes[at] !== dot) break;
    at++;
  }
  return end;
}
