/** A profile, compiled: what to look for, what to hold back, and who reads a candidate. Immutable, shared by all streams. */
import type { MaskProfile } from '../policy/policy.ts';
import type { CompiledPattern, PatternEngine, TextScan } from '../ports.ts';
import type { TreatmentOf } from './action.ts';
import { encodedHoldFrom } from './encoded.ts';
import type { Entity } from './entities.ts';
import { maskInside } from './inside.ts';
import { any, beginningsOf, maxBytes, type Pattern } from './pattern.ts';
import { cards } from './recognizers/card.ts';
import { digitRuns } from './recognizers/digit-run.ts';
import { emails } from './recognizers/email.ts';
import { encodedValues } from './recognizers/encoded-value.ts';
import { ibans } from './recognizers/iban.ts';
import { phones } from './recognizers/phone.ts';
import type { Match, Recognizer, Span } from './recognizers/recognizer.ts';
import { ssns } from './recognizers/ssn.ts';
import { createSearch } from './search.ts';
import type { Tripwire } from './tripwire.ts';

export interface Detector {
  /** What `candidate` searches for, in RE2's syntax. */
  readonly alternation: string;
  /** Index of the first candidate at or after `from`, -1 when there is none. */
  candidate(bytes: Uint8Array, from: number): number;
  /** A match in another coding, with what is in its text; undefined: nothing. */
  inside(bytes: Uint8Array, match: Match, text: Uint8Array): Span | undefined;
  /** Recognizers whose heads may begin with this byte. */
  readersOf(byte: number): readonly Recognizer[];
  /** Leftmost index in [base, bytes.length] from which a match could still grow. */
  holdFrom(bytes: Uint8Array, base: number): number;
  readonly scan: TextScan;
  readonly tripwire: Tripwire | undefined;
  /** What becomes of what is found. */
  readonly treatmentOf: TreatmentOf;
}

const nobody: readonly Recognizer[] = [];

export function createDetector(
  patterns: PatternEngine,
  profile: MaskProfile,
  treatmentOf: TreatmentOf,
  tripwire?: Tripwire,
): Detector {
  const recognizers: Recognizer[] = [...profile.entities.map(recognizerOf), digitRuns];
  const whole: Pattern[] = recognizers.map((recognizer) => recognizer.pattern);
  const heads: Pattern[] = recognizers.map((recognizer) => recognizer.head);
  if (tripwire !== undefined) {
    whole.push(tripwire.pattern);
    heads.push(tripwire.pattern);
  }
  const search = createSearch(patterns, heads);
  recognizers.push(encodedValues(patterns.scan));
  const open = patterns.compile(`${beginningsOf(any(...whole))}$`);
  const reach = maxBytes(any(...whole));
  const readers = Array.from({ length: 256 }, (_, byte) => {
    const char = String.fromCharCode(byte);
    const list = recognizers.filter((recognizer) => recognizer.firstBytes.includes(char));
    return list.length === 0 ? nobody : list;
  });
  const detector: Detector = {
    inside: (bytes, match, text) => maskInside(detector, bytes, match, text),
    alternation: search.alternation,
    candidate: search.candidate,
    readersOf: (byte) => readers[byte] ?? nobody,
    holdFrom: (bytes, base) =>
      Math.min(openFrom(open, bytes, Math.max(base, bytes.length - reach)), encodedHoldFrom(bytes, base)),
    scan: patterns.scan,
    tripwire,
    treatmentOf,
  };
  return detector;
}

const openFrom = (open: CompiledPattern, bytes: Uint8Array, from: number): number =>
  open.find(bytes, from)?.start ?? bytes.length;

function recognizerOf(entity: Entity): Recognizer {
  switch (entity) {
    case 'credit_card':
      return cards;
    case 'us_ssn':
      return ssns;
    case 'iban':
      return ibans;
    case 'email':
      return emails;
    case 'phone':
      return phones;
  }
}
