/** Where candidates begin: what RE2 finds, and runs of base64, which are found without it. */
import type { PatternEngine } from '../ports.ts';
import { nextRun } from './encoded.ts';
import { any, type Pattern, sourceOf } from './pattern.ts';

export interface Search {
  /** What RE2 looks for, in its syntax. */
  readonly alternation: string;
  /** Index of the first candidate at or after `from`, -1 when there is none. */
  candidate(bytes: Uint8Array, from: number): number;
}

export function createSearch(patterns: PatternEngine, heads: readonly Pattern[]): Search {
  const alternation = sourceOf(any(...heads));
  const compiled = patterns.compile(alternation);
  // The next of each kind in these bytes, so that neither is looked for again because the other came first.
  let known: Uint8Array | undefined;
  let askedFrom = 0;
  let head = 0;
  let run = 0;
  return {
    alternation,
    candidate(bytes, from) {
      const isNew = known !== bytes || from < askedFrom;
      if (isNew || head < from) {
        const found = compiled.search(bytes, from);
        head = found < 0 ? Number.POSITIVE_INFINITY : found;
      }
      if (isNew || run < from) run = nextRun(bytes, from);
      const first = Math.min(head, run);
      askedFrom = from;
      // Bytes of an exchange are not kept when nobody asks any more.
      known = first === Number.POSITIVE_INFINITY ? undefined : bytes;
      return known === undefined ? -1 : first;
    },
  };
}
