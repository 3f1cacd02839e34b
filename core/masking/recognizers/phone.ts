/**
 * Phone numbers: North American ones (NANP) with separators or parentheses, and international ones (E.164) that begin with
 * a plus sign. A bare run of ten digits is not claimed: it needs a key or a context.
 */
import {
  digit,
  edgeOfGroups,
  endOfDigits,
  endsEscape,
  gap,
  gapLength,
  isDigit,
  isLetter,
  separator,
  separatorLength,
} from '../characters.ts';
import { any, chars, literal, optional, repeat, seq, times } from '../pattern.ts';
import { digits, type Recognizer, type Span } from './recognizer.ts';

const nationalExtra = './';
const nationalGap = gap(nationalExtra);
const areaOrExchange = seq(chars('2-9'), times(digit, 2));
const parenthesised = seq(
  literal('('),
  areaOrExchange,
  literal(')'),
  optional(nationalGap),
  areaOrExchange,
  optional(nationalGap),
  times(digit, 4),
);
const plain = seq(areaOrExchange, nationalGap, areaOrExchange, nationalGap, times(digit, 4));
const national = any(
  parenthesised,
  plain,
  seq(literal('1'), any(seq(optional(nationalGap), parenthesised), seq(nationalGap, plain))),
);

const internationalExtra = './()';
const between = repeat(separator(internationalExtra), 0, 2);
const international = seq(literal('+'), chars('1-9'), repeat(seq(between, digit), 7, 14));

export const phones: Recognizer = {
  name: 'phone',
  pattern: any(national, international),
  head: any(
    seq(literal('('), areaOrExchange, literal(')')),
    seq(areaOrExchange, nationalGap, areaOrExchange, nationalGap, digit),
    seq(literal('1'), optional(nationalGap), literal('('), chars('2-9')),
    seq(literal('1'), nationalGap, areaOrExchange, nationalGap, chars('2-9')),
    seq(literal('+'), chars('1-9'), between, digit, between, digit),
  ),
  firstBytes: `+(${digits}`,
  read: (bytes, at) => (bytes[at] === 0x2b ? readInternational(bytes, at) : readNational(bytes, at)),
};

function readNational(bytes: Uint8Array, start: number): Span | undefined {
  let at = start;
  if (bytes[at] === 0x31) at += 1 + gapLength(bytes, at + 1, nationalExtra);
  const inParentheses = bytes[at] === 0x28;
  if (at - start === 1 && !inParentheses) return undefined;
  if (inParentheses) at++;
  if (!isAreaOrExchange(bytes, at)) return undefined;
  at += 3;
  if (inParentheses && bytes[at++] !== 0x29) return undefined;
  const exchange = at + gapLength(bytes, at, nationalExtra);
  if ((exchange === at && !inParentheses) || !isAreaOrExchange(bytes, exchange)) return undefined;
  at = exchange + 3;
  const line = at + gapLength(bytes, at, nationalExtra);
  if (line === at && !inParentheses) return undefined;
  const end = endOfDigits(bytes, line);
  if (end - line !== 4 || !edgeOfGroups(bytes, start, end)) return undefined;
  return { start, end, hiddenEnd: end, style: 'characters' };
}

const isAreaOrExchange = (bytes: Uint8Array, at: number): boolean =>
  isDigit(bytes[at]) && (bytes[at] ?? 0) >= 0x32 && isDigit(bytes[at + 1]) && isDigit(bytes[at + 2]);

const minDigits = 8;
const maxDigits = 15;

/** The longest run of whole digit groups that fits; country code 1 has exactly eleven digits. */
function readInternational(bytes: Uint8Array, start: number): Span | undefined {
  if (isDigit(bytes[start - 1])) return undefined;
  const northAmerican = bytes[start + 1] === 0x31;
  let end: number | undefined;
  let count = 0;
  let separators = 0;
  let dots = 0;
  for (let at = start + 1; count < maxDigits; ) {
    const groupEnd = endOfDigits(bytes, at);
    count += groupEnd - at;
    if (groupEnd === at || count > maxDigits) break;
    if (northAmerican ? count === 11 : count >= minDigits && !(dots === 1 && separators === 1)) end = groupEnd;
    at = groupEnd;
    for (let run = 0; run < 2; run++) {
      const length = separatorLength(bytes, at, internationalExtra);
      if (length === 0) break;
      if (bytes[at] === 0x2e) dots++;
      separators++;
      at += length;
    }
  }
  // Letters glued to both ends: a piece of base64.
  const isGlued = isLetter(bytes[start - 1]) && !endsEscape(bytes, start - 1);
  if (end === undefined || (isGlued && isLetter(bytes[end]))) return undefined;
  return { start, end, hiddenEnd: end, style: 'characters' };
}
