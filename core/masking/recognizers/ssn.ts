/**
 * US social security numbers, 3-2-4 with separators. A bare run of nine digits is anybody's id and needs a key or a context
 * to count; this recognizer claims none.
 *
 * Never issued, so not claimed: area 000 and 666, group 00, serial 0000. Claimed all the same, in favour of masking: areas
 * 900 to 999, because taxpayer numbers (ITIN, ATIN) have that shape; and the famous fakes (078-05-1120, 123-45-6789),
 * because people do type them for real ones.
 */
import { digit, edgeOfGroups, endOfDigits, gap, gapLength } from '../characters.ts';
import { seq, times } from '../pattern.ts';
import { digits, type Recognizer } from './recognizer.ts';

const extra = '.';
const dot = 0x2e;
const ssnGap = gap(extra);
const pattern = seq(times(digit, 3), ssnGap, times(digit, 2), ssnGap, times(digit, 4));

export const ssns: Recognizer = {
  name: 'us_ssn',
  pattern,
  head: seq(times(digit, 3), ssnGap, times(digit, 2), ssnGap, digit),
  firstBytes: digits,
  read(bytes, start) {
    const areaEnd = endOfDigits(bytes, start);
    const group = areaEnd + gapLength(bytes, areaEnd, extra);
    const groupEnd = endOfDigits(bytes, group);
    const serial = groupEnd + gapLength(bytes, groupEnd, extra);
    const end = endOfDigits(bytes, serial);
    if (areaEnd - start !== 3 || groupEnd - group !== 2 || end - serial !== 4) return undefined;
    // `234.56 2024-01-15` is an amount and a date.
    if ((bytes[areaEnd] === dot) !== (bytes[groupEnd] === dot)) return undefined;
    if (group === areaEnd || serial === groupEnd || !edgeOfGroups(bytes, start, end)) return undefined;
    const neverIssued =
      isNumber(bytes, start, '000') ||
      isNumber(bytes, start, '666') ||
      isNumber(bytes, group, '00') ||
      isNumber(bytes, serial, '0000');
    return neverIssued ? undefined : { start, end, style: 'characters' };
  },
};

function isNumber(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
