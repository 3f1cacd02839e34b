/** Numbers in groups, as people write them: where a key or a context points, more ways of writing count. */
import {
  edgeOfGroups,
  endOfDigits,
  gapLength,
  hexLetter,
  isDigit,
  leftEdgeOfRun,
  rightEdgeOfRun,
  rightLabelBytes,
  separatorBytes,
} from '../characters.ts';
import { otherSpaces } from '../look-alikes.ts';
import { chars, type Pattern, repeat, seq, uncounted } from '../pattern.ts';
import { Layouts, separatorKind } from './layouts.ts';
import type { Shape } from './recognizer.ts';

/** Longer ones are not read. */
const maxBytes = 30;
/** All that may stand between groups. */
export const betweenGroups = separatorBytes('./');

/** All that `numbers` reads. Letters behind it belong to its edge: hexadecimal is no number. */
const looseNumber: Pattern = seq(
  chars('0-9'),
  uncounted(chars(`0-9 ./\\-${otherSpaces}`), 0, maxBytes - 1),
  repeat(chars('0-9'), 0, 1),
  repeat(hexLetter, 0, rightLabelBytes),
);

export interface Numbers {
  readonly name: string;
  readonly layouts: Layouts;
  /** What it is worth by itself (score.ts). */
  worth(bytes: Uint8Array, start: number, end: number): number;
}

/** The longest run of whole groups from `at` on that has a layout and is worth enough. */
export function numbers({ name, layouts, worth }: Numbers, threshold: number): Shape {
  return {
    name,
    pattern: looseNumber,
    read(bytes, start, points) {
      if (!isDigit(bytes[start]) || isDigit(bytes[start - 1])) return undefined;
      const firstEnd = endOfDigits(bytes, start);
      let found = start;
      let layout = layouts.next(Layouts.start, 0, firstEnd - start);
      for (let end = firstEnd; layout !== Layouts.none && end - start <= maxBytes; ) {
        const isOne = layouts.isWhole(layout) && hasEdges(bytes, start, end, end === firstEnd);
        if (isOne && worth(bytes, start, end) + points >= threshold) found = end;
        const gap = gapLength(bytes, end, betweenGroups);
        if (gap === 0) break;
        const groupEnd = endOfDigits(bytes, end + gap);
        layout = layouts.next(layout, separatorKind(bytes, end, gap), groupEnd - end - gap);
        end = groupEnd;
      }
      if (found === start) return undefined;
      return { start, end: found, style: found === firstEnd ? 'number' : 'characters' };
    },
  };
}

const hasEdges = (bytes: Uint8Array, start: number, end: number, isRun: boolean): boolean =>
  isRun ? leftEdgeOfRun(bytes, start) && rightEdgeOfRun(bytes, end) : edgeOfGroups(bytes, start, end);
