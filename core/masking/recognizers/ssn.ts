/**
 * US social security numbers and individual taxpayer numbers, 3-2-4 with separators. A bare run of nine digits is anybody's id
 * and counts only with a key or a context (us-identifiers.ts).
 *
 * Never issued, so not claimed without a key: area 000 and 666, group 00, serial 0000. Claimed all the same, in favour of
 * masking: areas 900 to 999; and the famous fakes (078-05-1120, 123-45-6789), because people do type them for real ones.
 */
import { digit, endOfDigits, gap, gapLength, isDigit, separatorBytes } from '../characters.ts';
import { seq, times } from '../pattern.ts';
import { leadingDigits } from './checksum.ts';
import type { Recognizer } from './recognizer.ts';

const separators = separatorBytes('.');
const dot = 0x2e;
const ssnGap = gap('.');
const pattern = seq(times(digit, 3), ssnGap, times(digit, 2), ssnGap, times(digit, 4));
const head = seq(times(digit, 3), ssnGap, times(digit, 2));

/** Written as nothing else is. */
const shapePoints = 4;

/** `value`: nine digits as a number. */
export const isIssuedSsn = (value: number): boolean => {
  const area = Math.floor(value / 1_000_000);
  return area !== 0 && area !== 666 && Math.floor(value / 10_000) % 100 !== 0 && value % 10_000 !== 0;
};

/** `value`: the first five digits. IRS: 9xx, then 50 … 65, 70 … 88, 90 … 92, 94 … 99. */
export const isItinGroup = (value: number): boolean => {
  const group = value % 100;
  return value >= 90_000 && group >= 50 && !(group > 65 && group < 70) && group !== 89 && group !== 93;
};

/** `leavesItins`: the profile looks for those under their own name. */
export const ssns = (threshold: number, leavesItins: boolean): Recognizer =>
  threeTwoFour('us_ssn', threshold, (value) => {
    if (leavesItins && isItinGroup(Math.floor(value / 10_000))) return undefined;
    return isIssuedSsn(value) ? shapePoints : 0;
  });

export const itins = (threshold: number): Recognizer =>
  threeTwoFour('us_itin', threshold, (value) =>
    isItinGroup(Math.floor(value / 10_000)) && value % 10_000 !== 0 ? shapePoints : undefined,
  );

function threeTwoFour(name: string, threshold: number, worth: (value: number) => number | undefined): Recognizer {
  return {
    name,
    pattern,
    head,
    read(bytes, start, points) {
      const areaEnd = endOfDigits(bytes, start);
      const group = areaEnd + gapLength(bytes, areaEnd, separators);
      if (areaEnd - start !== 3 || group === areaEnd) return undefined;
      const groupEnd = endOfDigits(bytes, group);
      const serial = groupEnd + gapLength(bytes, groupEnd, separators);
      if (groupEnd - group !== 2 || serial === groupEnd) return undefined;
      const end = endOfDigits(bytes, serial);
      if (end - serial !== 4 || isDigit(bytes[start - 1])) return undefined;
      // `234.56 2024-01-15` is an amount and a date.
      if ((bytes[areaEnd] === dot) !== (bytes[groupEnd] === dot)) return undefined;
      const shape = worth(leadingDigits(bytes, start, 9));
      return shape === undefined || shape + points < threshold ? undefined : { start, end, style: 'characters' };
    },
  };
}
