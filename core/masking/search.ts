/**
 * Where candidates begin. Base64 is one of the heads, because one search for everything costs what a search for anything does;
 * but every letter of a long run would be one more beginning of it. So the rest of a run is searched without.
 */
import type { PatternEngine } from '../ports.ts';
import { hexadecimal } from './characters.ts';
import { encodedHead, endOfRun, isEncoded, shortest } from './encoded.ts';
import { any, maxBytes, type Pattern, sourceOf } from './pattern.ts';

export interface Search {
  /** All of it, in RE2's syntax. */
  readonly alternation: string;
  /** Index of the first candidate at or after `from`, -1 when there is none. */
  candidate(bytes: Uint8Array, from: number): number;
}

/** Longer runs are not looked through for the answer each time. */
const longestHash = 128;

function isHexadecimal(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (hexadecimal[bytes[at] ?? 0] === 0) return false;
  return to - from < longestHash;
}

export function createSearch(patterns: PatternEngine, heads: readonly Pattern[]): Search {
  const alternation = sourceOf(any(...heads, encodedHead));
  const all = patterns.compile(alternation);
  const plain = patterns.compile(sourceOf(any(...heads)));
  const reach = maxBytes(any(...heads));
  /** The last run that was met: bytes, and where it ends. */
  let known: { readonly bytes: Uint8Array; readonly start: number; readonly end: number } | undefined;

  function endOfRunAt(bytes: Uint8Array, from: number): number {
    if (known?.bytes !== bytes || from < known.start || from >= known.end) {
      known = { bytes, start: from, end: endOfRun(bytes, from) };
    }
    return known.end;
  }

  return {
    alternation,
    candidate(bytes, from) {
      let at = from;
      if (isEncoded(bytes[from - 1]) && isEncoded(bytes[from + shortest - 2])) {
        const end = endOfRunAt(bytes, from);
        // What is only hexadecimal is none of its heads.
        if (end - from >= shortest - 1 && !isHexadecimal(bytes, from, Math.min(end, from + longestHash))) {
          const start = plain.find(bytes.subarray(0, end + reach), from)?.start ?? -1;
          if (start >= 0 && start < end) return start;
          at = end;
        }
      }
      return all.find(bytes, at)?.start ?? -1;
    },
  };
}
