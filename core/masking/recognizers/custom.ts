/** Kinds of values that a policy describes: a pattern, perhaps a checksum, perhaps names and words that must point to it. */
import type { Checksum, CustomEntity } from '../../policy/policy.ts';
import { longestMatch } from '../custom/longest-match.ts';
import { keyPoints } from '../score.ts';
import { aba, luhn, mod11, mod97 } from './checksum.ts';
import type { Headed } from './recognizer.ts';

const checks: Readonly<Record<Checksum, (bytes: Uint8Array, start: number, end: number) => boolean>> = {
  luhn: (bytes, start, end) => luhn(bytes, start, end),
  aba,
  mod11,
  mod97,
};

/** What a pattern is worth where nothing needs to point to it, and where something does. */
const alone = 4;
const pointedAt = 1;

export function customValues({ name, pattern, checksum, keys, context }: CustomEntity, threshold: number): Headed {
  const endOf = longestMatch(pattern);
  const shapePoints = keys.length + context.length === 0 ? alone : pointedAt;
  return {
    name,
    pattern,
    head: pattern,
    read(bytes, start, points) {
      if (shapePoints + points < threshold) return undefined;
      const end = endOf(bytes, start);
      if (end === undefined) return undefined;
      const isRight = checksum === undefined || points >= keyPoints || checks[checksum](bytes, start, end);
      return isRight ? { start, end, style: 'characters' } : undefined;
    },
  };
}
