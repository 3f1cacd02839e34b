/** A profile, compiled: what to look for, what to hold back, and who reads a candidate. Immutable, shared by all streams. */
import type { MaskProfile } from '../policy/policy.ts';
import type { CompiledPattern, Hash, PatternEngine, TextScan } from '../ports.ts';
import type { TreatmentOf } from './action.ts';
import { Clues } from './context/clues.ts';
import { type Hint, hintOf } from './context/hint.ts';
import { Meanings } from './context/meanings.ts';
import { encodedHoldFrom } from './encoded.ts';
import { readersOf } from './entity-readers.ts';
import { foldedHoldFrom } from './folded.ts';
import { Heads } from './heads/heads.ts';
import { maskInside } from './inside.ts';
import { any, beginningsOf, maxBytes, type Pattern } from './pattern.ts';
import { customValues } from './recognizers/custom.ts';
import { digitRuns } from './recognizers/digit-run.ts';
import { encodedValues } from './recognizers/encoded-value.ts';
import type { Match, Recognizer, Shape, Span } from './recognizers/recognizer.ts';
import { thresholds } from './score.ts';
import type { Tripwire } from './tripwire.ts';

/** What of a detector depends on what is looked for, and not on what becomes of it: the costly part. */
export interface Scanner {
  readonly heads: Heads;
  /** How a value of an entity may be written where a key or a context points to it. */
  namedShape(entity: string): Shape | undefined;
  /** Leftmost index in [base, bytes.length] from which a match could still grow. */
  holdFrom(bytes: Uint8Array, base: number): number;
  /** The same for the shapes of values that a key or a context points to. */
  readonly namedHold: Hold;
  readonly clues: Clues;
  readonly meanings: Meanings;
  /** What the name of a column, a tensor, a form field says about its values; undefined: nothing. */
  hintOf(name: string): Hint | undefined;
  readonly scan: TextScan;
  readonly tripwire: Tripwire | undefined;
}

export interface Detector extends Scanner {
  /** What becomes of what is found. */
  readonly treatmentOf: TreatmentOf;
  /** A match in another coding, with what is in its text; one span for each line that changes; none: nothing is in it. */
  inside(bytes: Uint8Array, match: Match, text: Uint8Array): readonly Span[];
}

export interface Hold {
  /** Nothing further from the end of the bytes can still be open. */
  readonly reachBytes: number;
  from(bytes: Uint8Array, base: number): number;
}

const longReach = 128;

export function createScanner(
  patterns: PatternEngine,
  profile: MaskProfile,
  tripwire: Tripwire | undefined,
  hash: Hash | undefined,
): Scanner {
  const terms = { threshold: thresholds[profile.strictness ?? 'usual'], entities: profile.entities, hash };
  const readers = profile.entities.map((entity) => readersOf(entity, terms));
  const recognizers: Recognizer[] = [...readers.flatMap(({ anywhere }) => anywhere ?? []), digitRuns];
  const custom = profile.custom.map((each) => customValues(each, terms.threshold));
  const shapes = new Map(readers.flatMap(({ named }) => (named === undefined ? [] : [[named.name, named]])));
  const clues = new Clues(profile.entities, profile.custom);
  const whole = [...recognizers, ...custom].map(({ pattern }) => pattern);
  if (tripwire !== undefined) whole.push(tripwire.pattern);
  // An email address may be long; a repeat that is not counted is held as far back as the longest of its set.
  const long = holdOf(
    patterns,
    whole.filter((pattern) => maxBytes(pattern) > longReach),
  );
  const short = holdOf(
    patterns,
    whole.filter((pattern) => maxBytes(pattern) <= longReach),
  );
  return {
    heads: new Heads(patterns, {
      recognizers: [...recognizers, encodedValues(patterns.scan)],
      custom,
      clues: clues.head,
      wire: tripwire?.pattern,
    }),
    namedShape: (entity) => shapes.get(entity),
    // How far base64 may go on is not asked of a pattern.
    holdFrom: (bytes, base) =>
      Math.min(
        short.from(bytes, base),
        long.from(bytes, base),
        encodedHoldFrom(bytes, base),
        foldedHoldFrom(bytes, base),
      ),
    namedHold: holdOf(
      patterns,
      [...shapes.values()].map(({ pattern }) => pattern),
    ),
    clues,
    meanings: new Meanings(shapes, recognizers),
    hintOf: (name) => hintOf(clues, name),
    scan: patterns.scan,
    tripwire,
  };
}

export function createDetector(scanner: Scanner, treatmentOf: TreatmentOf): Detector {
  const detector: Detector = {
    ...scanner,
    treatmentOf,
    inside: (bytes, match, text) => maskInside(detector, bytes, match, text),
  };
  return detector;
}

function holdOf(patterns: PatternEngine, whole: readonly Pattern[]): Hold {
  if (whole.length === 0) return { reachBytes: 0, from: (bytes) => bytes.length };
  const open: CompiledPattern = patterns.compile(`${beginningsOf(any(...whole))}$`);
  const reachBytes = maxBytes(any(...whole));
  return {
    reachBytes,
    from(bytes, base) {
      const from = open.search(bytes, Math.max(base, bytes.length - reachBytes));
      return from < 0 ? bytes.length : from;
    },
  };
}
