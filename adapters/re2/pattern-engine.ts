/**
 * The PatternEngine port on RE2: linear time, bytes only. Strings are never passed: node-re2 recounts UTF-16 from the start of
 * a string for each match, which is quadratic.
 */
import { createRequire } from 'node:module';
import type { CompiledPattern, PatternEngine } from '@countersign/core/ports.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import RE2 from 're2';
import { createTableWalk } from '../kernel/table-walk.ts';
import { textScan } from './text-scan.ts';

/** Older releases hand out foreign heap after a cut UTF-8 sequence (GHSA-j4r3-hg7j-8chg), among others. */
const oldestRe2 = [1, 27, 1];
const oldestNode = [24, 15, 0];

/** Throws when this process runs on a Node or an RE2 with known holes, or when RE2 was not built for it. */
export function createPatternEngine(): PatternEngine {
  requireVersion('node', process.versions.node, oldestNode);
  requireVersion('re2', re2Version(), oldestRe2);
  return { compile, matcher, scan: textScan, tableWalk: createTableWalk };
}

/**
 * Measured: `search` gives the start at the price of `test`, and setting `lastIndex` costs as much as a short scan; so a
 * search runs over a view from `from`, and the end is asked of a sticky twin only when somebody wants it.
 */
function compile(source: string): CompiledPattern {
  const search = new RE2(source);
  let sticky: RE2 | undefined;
  const isAt = (bytes: Uint8Array, at: number): boolean => {
    sticky ??= new RE2(source, 'y');
    sticky.lastIndex = at;
    return sticky.test(bytes);
  };
  const end = (bytes: Uint8Array, start: number): number => (isAt(bytes, start) ? (sticky?.lastIndex ?? start) : start);
  if (search.test('')) throw new Error('a pattern that matches nothing at all matches everywhere');
  return {
    find(bytes, from) {
      const at = search.search(from === 0 ? bytes : bytes.subarray(from));
      return at < 0 ? undefined : new Match(end, bytes, from + at);
    },
    search(bytes, from) {
      const at = search.search(from === 0 ? bytes : bytes.subarray(from));
      return at < 0 ? -1 : from + at;
    },
    isAt,
    test: (bytes) => search.test(bytes),
  };
}

/** Flags do not exist in a condition; RE2 itself bounds how large the program becomes. */
function matcher(source: string): Result<(text: string) => boolean, string> {
  try {
    const pattern = new RE2(source);
    return ok((text) => pattern.test(Buffer.from(text)));
  } catch (error) {
    return err(error instanceof Error ? error.message : 'unreadable');
  }
}

class Match {
  readonly start: number;
  readonly #end: (bytes: Uint8Array, start: number) => number;
  readonly #bytes: Uint8Array;

  constructor(end: (bytes: Uint8Array, start: number) => number, bytes: Uint8Array, start: number) {
    this.#end = end;
    this.#bytes = bytes;
    this.start = start;
  }

  get end(): number {
    return this.#end(this.#bytes, this.start);
  }
}

/** Numeric, dot-separated versions; a pre-release of the oldest one counts as older. */
function requireVersion(name: string, version: string, oldest: readonly number[]): void {
  const parts = version.split('.').map(Number);
  for (const [index, least] of oldest.entries()) {
    const part = parts[index] ?? Number.NaN;
    if (part > least) return;
    if (part < least || Number.isNaN(part))
      throw new Error(`${name} ${version} is too old: at least ${oldest.join('.')}`);
  }
}

function re2Version(): string {
  const manifest: unknown = createRequire(import.meta.url)('re2/package.json');
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '';
  return typeof version === 'string' ? version : '';
}
