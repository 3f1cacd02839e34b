/**
 * Heads that begin with a digit or a letter. A value begins where a number or a token does, so the search asks for something else
 * in front of it: a date, a UUID or a long number is then no candidate from each of its digits on. In front of a long run no dot
 * behind a digit either: that is a fraction.
 */
import { any, chars, literal, type Pattern, seq } from './pattern.ts';

const notDigit = chars('^0-9');
const dot = literal('.');
/** In front of a token of letters; the last letters of escapes (`\\n`) and of labels (`iban`, `nino`) may stand there too. */
const notOfToken = chars('^0-9A-MP-Zac-eg-mpqsu-z');
/** No grouped number has so many digits in one group. */
const shortestRun = 12;

export interface SplitHeads {
  /** Those, with what is in front: one byte, or two where the second is a dot. */
  readonly behindFront: readonly Pattern[];
  readonly others: readonly Pattern[];
}

export function splitHeads(heads: readonly Pattern[]): SplitHeads {
  const all = heads.flatMap(alternatives);
  const digits = all.filter((head) => beginsWith(head, onlyDigits));
  const letters = all.filter((head) => beginsWith(head, onlyLetters));
  const runs = digits.filter(isRun);
  const groups = digits.filter((head) => !isRun(head));
  return {
    behindFront: [
      ...(letters.length === 0 ? [] : [seq(notOfToken, any(...letters))]),
      ...(groups.length === 0 ? [] : [seq(notDigit, any(...groups))]),
      ...(runs.length === 0 ? [] : [seq(any(chars('^0-9.'), seq(notDigit, dot)), any(...runs))]),
    ],
    others: all.filter((head) => !digits.includes(head) && !letters.includes(head)),
  };
}

const alternatives = (pattern: Pattern): readonly Pattern[] =>
  pattern.kind === 'any' ? pattern.of.flatMap(alternatives) : [pattern];

const onlyLetters = (set: string): boolean => /^(?:[A-Za-z](?:-[A-Za-z])?)+$/.test(set);
const onlyDigits = (set: string): boolean => /^(?:\d(?:-\d)?)+$/.test(set);

/** Whether every beginning is of such a class. */
function beginsWith(pattern: Pattern, fits: (set: string) => boolean): boolean {
  switch (pattern.kind) {
    case 'chars':
      return fits(pattern.set);
    case 'seq': {
      const [first] = pattern.parts;
      return first !== undefined && beginsWith(first, fits);
    }
    case 'any':
      return pattern.of.every((each) => beginsWith(each, fits));
    case 'repeat':
      return pattern.min > 0 && beginsWith(pattern.of, fits);
  }
}

const isRun = (pattern: Pattern): boolean =>
  pattern.kind === 'repeat' && pattern.of.kind === 'chars' && pattern.min >= shortestRun;
