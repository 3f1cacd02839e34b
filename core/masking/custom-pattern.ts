/**
 * A pattern that a policy wrote (RE2 syntax) becomes a tree like those of our own recognizers, so that detection and hold-back
 * come from one source here too. What could not be held back, released or searched in bounded time is refused at load.
 */
import { err, ok, type Result } from '../result.ts';
import {
  type Automaton,
  chanceOfMatch,
  countPositions,
  countSearchStates,
  minLength,
  toAutomaton,
} from './custom/automaton.ts';
import { setOf } from './custom/char-set.ts';
import { translatePattern } from './custom/parse.ts';
import type { PatternFault } from './custom/translate.ts';
import { any, maxBytes, type Pattern } from './pattern.ts';

export type { PatternFault } from './custom/translate.ts';

export interface CustomPattern {
  readonly pattern: Pattern;
  /** It matches numbers of no particular kind: alone it would mask every other number. */
  readonly isWide: boolean;
  /** Characters of its shortest match. */
  readonly minLength: number;
}

export const patternLimits = { shortest: 3, longest: 128, positions: 256, states: 1000 } as const;
/** Of all patterns of a profile, which are searched for together. */
const togetherLimits = { positions: 1024, states: 4000 } as const;

export function parseCustomPattern(source: string): Result<CustomPattern, readonly PatternFault[]> {
  const translated = translatePattern(source);
  if (!translated.ok) return translated;
  const pattern = translated.value;
  const tooLarge = sizeFault(pattern);
  if (tooLarge !== undefined) return err([tooLarge]);
  const automaton = toAutomaton(pattern);
  if (countSearchStates(automaton, patternLimits.states) > patternLimits.states) {
    const hint = 'begin with fixed text, or repeat less often: [A-Z]{2}-[0-9]{8} rather than [A-Z0-9-]{1,60}[0-9]{8}';
    return err([
      fault(`a search for it has more than ${patternLimits.states} states, which slows down every call`, hint),
    ]);
  }
  if (chance(automaton, words) > tooOften) {
    const hint = 'give it fixed text or digits; a field that is all to be masked needs no pattern';
    return err([fault('it matches ordinary words', hint)]);
  }
  return ok({ pattern, isWide: chance(automaton, numbers) > tooOften, minLength: minLength(pattern) });
}

/** What is wrong with patterns that are fine one by one. */
export function faultOfAll(patterns: readonly Pattern[]): Pick<PatternFault, 'message' | 'hint'> | undefined {
  if (patterns.length < 2) return undefined;
  const all = any(...patterns);
  const positions = countPositions(all);
  const hint = 'put them into several profiles, or mask their fields as a whole';
  if (positions > togetherLimits.positions) {
    return {
      message: `written out all patterns have ${positions} characters, at most ${togetherLimits.positions}`,
      hint,
    };
  }
  if (countSearchStates(toAutomaton(all), togetherLimits.states) <= togetherLimits.states) return undefined;
  return { message: `a search for all patterns has more than ${togetherLimits.states} states`, hint };
}

const fault = (message: string, hint: string): PatternFault => ({ offset: 0, message, hint });

function sizeFault(pattern: Pattern): PatternFault | undefined {
  const shortest = minLength(pattern);
  const longest = maxBytes(pattern);
  const positions = countPositions(pattern);
  if (shortest === 0) return fault('it matches the empty text', 'say what must be there: x{1,8}, not x{0,8}');
  if (shortest < patternLimits.shortest) {
    const hint = `at least ${patternLimits.shortest}; shorter values are masked as whole fields`;
    return fault(`its shortest match has ${shortest} ${shortest === 1 ? 'character' : 'characters'}`, hint);
  }
  if (longest > patternLimits.longest) {
    return fault(
      `its longest match has ${longest} characters`,
      `at most ${patternLimits.longest}: so much is held back`,
    );
  }
  if (positions > patternLimits.positions) {
    const hint = `at most ${patternLimits.positions}; write several entries instead of long alternatives`;
    return fault(`written out it has ${positions} characters`, hint);
  }
  return undefined;
}

/** More than one match on a hundred characters. */
const tooOften = 0.01;
const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = lower.toUpperCase();
const figures = '0123456789';
const words = [lower, lower + upper, `${lower} `].map(setOf);
const numbers = [figures, upper, `${figures}abcdef`, figures + lower, figures + upper, figures + lower + upper].map(
  setOf,
);
const chance = (automaton: Automaton, alphabets: readonly ReadonlySet<number>[]): number =>
  Math.max(...alphabets.map((alphabet) => chanceOfMatch(automaton, alphabet)));
