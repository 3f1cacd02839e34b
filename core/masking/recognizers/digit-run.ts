/**
 * A run of digits longer than any number of ours. It may be a card with its expiry and code glued on, and no rule here could
 * tell; so all of it is masked (fail closed). Fractions and hexadecimal tokens are left alone.
 */
import { digit, endOfDigits, leftEdgeOfRun } from '../characters.ts';
import { times } from '../pattern.ts';
import type { Recognizer } from './recognizer.ts';

const tooLong = times(digit, 20);

export const digitRuns: Recognizer = {
  name: 'digit_run',
  pattern: tooLong,
  // Where cards are looked for too.
  head: times(digit, 12),
  read(bytes, start) {
    const end = endOfDigits(bytes, start);
    if (end - start < 20 || !leftEdgeOfRun(bytes, start)) return undefined;
    return { start, end, style: 'number' };
  },
};
