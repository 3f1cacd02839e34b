/** From the text of a custom pattern to a tree. What the tree matches is what RE2 matches for the text. */
import { type AST, RegExpParser } from '@eslint-community/regexpp';
import { err, ok, type Result } from '../../result.ts';
import type { Pattern } from '../pattern.ts';
import { nameCharacters, type PatternFault, Translation } from './translate.ts';

/**
 * The grammar of ECMAScript without its leniencies (annex B): what it accepts, RE2 reads in the same way, apart from what
 * `Translation` refuses.
 */
const parser = new RegExpParser({ ecmaVersion: 2025, strict: true });

const foldsCase = /^\(\?i\)/;

export function translatePattern(source: string): Result<Pattern, readonly PatternFault[]> {
  const from = foldsCase.exec(source)?.[0].length ?? 0;
  let parsed: AST.Pattern;
  try {
    parsed = parser.parsePattern(source, from, source.length, { unicode: false });
  } catch (error) {
    return err([unreadable(source, error)]);
  }
  const translation = new Translation();
  const pattern = translation.alternatives(parsed.alternatives, from > 0);
  return translation.faults.length > 0 ? err(translation.faults) : ok(pattern);
}

/** Spellings of RE2 that need another one here. */
const otherSpellings: readonly (readonly [spelling: RegExp, hint: string])[] = [
  [/\\[AzZG]/y, 'leave it out: a value is found wherever it stands'],
  [/\\[pPQEC]/y, nameCharacters],
  [/\\x\{/y, 'write the character itself'],
  [/\\_/y, 'write _ without \\'],
  [/\(\?P</y, 'write (…): groups need no name'],
  [/\(\?[a-zA-Z-]+\)/y, 'of all flags only i is available: (?i) at the very beginning, or (?i:…)'],
];

function unreadable(source: string, error: unknown): PatternFault {
  const index = error instanceof Error && 'index' in error && typeof error.index === 'number' ? error.index : 0;
  const message = error instanceof Error ? error.message.replace(/^.*: /s, '') : 'unreadable';
  const offset = Math.min(index, source.length);
  const named = source.lastIndexOf('[:', offset);
  if (named >= 0) return { offset: named, message: 'named classes are not available', hint: nameCharacters };
  for (const [spelling, hint] of otherSpellings) {
    for (const start of [offset - 1, offset]) {
      spelling.lastIndex = Math.max(0, start);
      if (spelling.test(source)) return { offset: Math.max(0, start), message: lowerFirst(message), hint };
    }
  }
  return { offset, message: lowerFirst(message) };
}

const lowerFirst = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);
