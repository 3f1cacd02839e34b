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
} from '../characters.ts';
import { chars, type Pattern, repeat, seq, uncounted } from '../pattern.ts';
import type { Match, Shape } from './recognizer.ts';

/** Longer ones are not read. */
const maxBytes = 30;
const extra = './';

/** All that `numbers` reads. Letters behind it belong to its edge: hexadecimal is no number. */
export const looseNumber: Pattern = seq(
  chars('0-9'),
  uncounted(chars('0-9 ./\\-\\x{1c}'), 0, maxBytes - 1),
  repeat(chars('0-9'), 0, 1),
  repeat(hexLetter, 0, rightLabelBytes),
);

export interface Numbers {
  readonly name: string;
  /** Tested against the sizes of groups with what stands between them: `9`, `3-2-4`, `3 3 4`. */
  readonly layout: RegExp;
  /** What it is worth by itself (score.ts). */
  worth(bytes: Uint8Array, start: number, end: number, layout: string): number;
}

/** The longest run of whole groups from `at` on that has a layout and is worth enough. */
export function numbers({ name, layout, worth }: Numbers, threshold: number): Shape {
  return {
    name,
    pattern: looseNumber,
    read(bytes, start, points) {
      if (!isDigit(bytes[start]) || isDigit(bytes[start - 1])) return undefined;
      let found: Match | undefined;
      let sizes = '';
      for (let at = start; ; ) {
        const end = endOfDigits(bytes, at);
        if (end === at || end - start > maxBytes) return found;
        sizes += `${end - at}`;
        const isRun = at === start;
        if (layout.test(sizes) && hasEdges(bytes, start, end, isRun)) {
          if (worth(bytes, start, end, sizes) + points >= threshold)
            found = { start, end, style: isRun ? 'number' : 'characters' };
        }
        const gap = gapLength(bytes, end, extra);
        if (gap === 0) return found;
        sizes += separatorOf(bytes, end, gap);
        at = end + gap;
      }
    },
  };
}

const hasEdges = (bytes: Uint8Array, start: number, end: number, isRun: boolean): boolean =>
  isRun ? leftEdgeOfRun(bytes, start) && rightEdgeOfRun(bytes, end) : edgeOfGroups(bytes, start, end);

/** A space stands for every separator beyond ASCII too. */
export function separatorOf(bytes: Uint8Array, at: number, length: number): string {
  const byte = bytes[at];
  if (byte === 0x2e) return '.';
  if (byte === 0x2f) return '/';
  return byte === 0x2d || (length > 1 && byte === 0x20) ? '-' : ' ';
}
