/**
 * `matches` on our own engine. cel-js would run it on JavaScript's, which backtracks: a caller could stall the gateway with 26
 * characters. Its functions cannot be replaced, so the call gets another name of the same length before the expression is
 * compiled, and every offset stays true. Patterns are written out in the policy, compiled at load, and take linear time.
 */
import type { Environment } from '@marcbachmann/cel-js';
import type { PatternEngine } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import type { ExpressionError } from './expression.ts';

export interface MatchesCall {
  /** Of the name `matches`. */
  readonly offset: number;
  readonly pattern: string;
  /** Place of the pattern with its quotes. */
  readonly literal: { readonly start: number; readonly end: number };
}

const name = 'matches';
const ownName = 're2test';

/** The environment and the source to compile instead. */
export function onOwnEngine(
  environment: Environment,
  source: string,
  calls: readonly MatchesCall[],
  patterns: PatternEngine,
): Result<{ readonly environment: Environment; readonly source: string }, readonly ExpressionError[]> {
  const matchers = new Map<string, (text: string) => boolean>();
  const errors: ExpressionError[] = [];
  for (const call of calls) {
    const matcher = patterns.matcher(call.pattern);
    if (matcher.ok) matchers.set(call.pattern, matcher.value);
    else errors.push(toError(call, matcher.error));
  }
  if (errors.length > 0) return err(errors);
  const own = environment
    .clone()
    .registerFunction(`string.${ownName}(string): bool`, (text: string, pattern: string) => {
      const matcher = matchers.get(pattern);
      if (matcher === undefined) throw new Error('a pattern that was not compiled');
      return matcher(text);
    });
  let renamed = source;
  for (const { offset } of calls) {
    renamed = renamed.slice(0, offset) + ownName + renamed.slice(offset + name.length);
  }
  return ok({ environment: own, source: renamed });
}

/** RE2 names the faulty part behind a colon; where the literal has no escapes, its place can be told. */
function toError({ pattern, literal }: MatchesCall, message: string): ExpressionError {
  const part = message.slice(message.lastIndexOf(': ') + 2);
  const isPlain = literal.end - literal.start === pattern.length + 2;
  const at = isPlain && message.includes(': ') ? pattern.indexOf(part) : -1;
  return {
    offset: literal.start + (isPlain ? 1 + Math.max(0, at) : 0),
    message: `the pattern of matches() is not one of RE2: ${message}`,
  };
}
