/**
 * Email addresses, as people use them (a subset of RFC 5321): RE2 looks for `@domain`, the local part is read leftwards in
 * code, at most 64 bytes. A counted local part in the search would multiply DFA states by 64.
 */
import { endsEscape, isAlphanumeric, isLetter } from '../characters.ts';
import { letterByte } from '../look-alikes.ts';
import { chars, literal, type Pattern, repeat, seq, uncounted } from '../pattern.ts';
import type { Recognizer } from './recognizer.ts';

const localMaxBytes = 64;
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
    const end = endOfDomain(bytes, at + 1);
    return start === at || end === undefined ? undefined : { start, end, style: 'address' };
  },
};

function startOfLocal(bytes: Uint8Array, at: number): number {
  let start = at;
  while (at - start < localMaxBytes && isLocal(bytes[start - 1])) start--;
  // Quotes and bullets in front are no part of it.
  while (start < at && isSpecial(bytes[start])) start++;
  // `\nbob@…` inside a JSON text: the n stays, or the inner JSON breaks. It costs one letter of `CORP\nancy@…`.
  if (start < at - 1 && endsEscape(bytes, start)) start++;
  return start;
}

/** 1: may stand in a local part. */
const localBytes = Uint8Array.from({ length: 256 }, (_, byte) => {
  return isAlphanumeric(byte) || byte === letterByte || localSpecials.includes(String.fromCharCode(byte)) ? 1 : 0;
});
const isLocal = (byte: number | undefined): boolean => byte !== undefined && localBytes[byte] === 1;
const isSpecial = (byte: number | undefined): boolean => isLocal(byte) && byte !== letterByte && !isAlphanumeric(byte);

/**
 * The end of the last label that begins with a letter: `bob@example.com.123` is an address and a number, `12@3.50` a price.
 * Undefined when no label after the first begins with a letter.
 */
function endOfDomain(bytes: Uint8Array, from: number): number | undefined {
  let end: number | undefined;
  let at = from;
  for (let labels = 0; labels < 9; labels++) {
    const start = at;
    while (at - start < 63 && (isAlphanumeric(bytes[at]) || bytes[at] === 0x2d)) at++;
    if (at === start) break;
    if (labels > 0 && isLetter(bytes[start])) end = at;
    if (bytes[at] !== 0x2e) break;
    at++;
  }
  return end;
}
