/**
 * Where values may begin, with what stands in front of them. A number or a token begins where nothing of it stands in front, so the
 * table asks for that too: a date, a UUID or a long number is then no candidate from each of its characters on.
 */
import { digit, digitsOfListed } from '../characters.ts';
import { pluses } from '../look-alikes.ts';
import { any, chars, literal, type Pattern, seq } from '../pattern.ts';
import type { Headed } from '../recognizers/recognizer.ts';
import type { Rule } from './table.ts';

/** What begins so many bytes behind the first one of the pattern. */
export interface Head {
  readonly offset: number;
  readonly reader: Headed | 'clue' | 'wire';
}

const notDigit = chars('^0-9');
const dot = literal('.');
/** In front of a token of letters; the last letters of escapes (`\\n`) and of labels (`iban`, `nino`) may stand there too. */
const notOfToken = chars('^0-9A-MP-Zac-eg-mpqsu-z');
/** No grouped number has so many digits in one group. In front of a longer one no dot behind a digit either: that is a fraction. */
const shortestRun = 12;

/** `1+2` is a sum: a sign behind a digit begins a number where a list of numbers is joined by signs. */
const listed = Array<Pattern>(digitsOfListed).fill(digit);

export function rulesOf(reader: Headed): readonly Rule<Head>[] {
  const heads = alternatives(reader.head);
  const digits = heads.filter((head) => beginsWith(head, onlyDigits));
  const letters = heads.filter((head) => beginsWith(head, onlyLetters));
  const runs = digits.filter(isRun);
  const groups = digits.filter((head) => !isRun(head));
  const signed = heads.filter((head) => beginsWith(head, onlyPlus));
  const others = heads.filter((head) => ![digits, letters, signed].some((kind) => kind.includes(head)));
  return [
    behind([notOfToken], letters, reader),
    behind([notDigit], groups, reader),
    behind([chars('^0-9.')], runs, reader),
    behind([notDigit, dot], runs, reader),
    behind([notDigit], signed, reader),
    behind(listed, signed, reader),
    behind([], others, reader),
  ].filter(({ heads }) => heads > 0);
}

const behind = (
  front: readonly Pattern[],
  heads: readonly Pattern[],
  reader: Headed,
): Rule<Head> & { readonly heads: number } => ({
  pattern: seq(...front, any(...heads)),
  means: { offset: front.length, reader },
  heads: heads.length,
});

const alternatives = (pattern: Pattern): readonly Pattern[] =>
  pattern.kind === 'any' ? pattern.of.flatMap(alternatives) : [pattern];

const onlyLetters = (set: string): boolean => /^(?:[A-Za-z](?:-[A-Za-z])?)+$/.test(set);
const onlyPlus = (set: string): boolean => set === pluses;
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
