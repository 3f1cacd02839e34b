/**
 * A run of digits longer than any number of ours. It may be a card with its expiry and code glued on, and no rule here could
 * tell; so all of it is masked (fail closed). Fractions and hexadecimal tokens are left alone.
 */
import { digit, endOfDigits, hexLetter, leftEdgeOfRun, rightEdgeOfRun, rightLabelBytes } from '../characters.ts';
import { repeat, seq, times, uncounted } from '../pattern.ts';
import type { Recognizer } from './recognizer.ts';

const shortest = 20;
/** Of a hexadecimal token; a longer run is masked as it comes, whatever follows. */
const longestPiece = 40;

export const digitRuns: Recognizer = {
  name: 'digit_run',
  pattern: seq(
    times(digit, shortest),
    uncounted(digit, 0, longestPiece - shortest),
    repeat(hexLetter, 0, rightLabelBytes),
  ),
  // Where cards are looked for too.
  head: times(digit, 12),
  read(bytes, start) {
    const end = endOfDigits(bytes, start);
    if (end - start < shortest || !leftEdgeOfRun(bytes, start)) return undefined;
    if (end - start <= longestPiece && !rightEdgeOfRun(bytes, end)) return undefined;
    return { start, end, style: 'number' };
  },
};
