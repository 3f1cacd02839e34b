/** The maskers of one profile, for the formats that hold texts of their own. */
import type { MaskProfile } from '../../policy/policy.ts';
import { blockedBy } from '../action.ts';
import type { Detector } from '../detector.ts';
import type { FieldRules } from '../fields/field-rules.ts';
import { FlatMasker } from '../flat.ts';
import { Lane, maskNumber, maskWhole } from '../lane.ts';
import type { BodyMasker } from '../masker.ts';
import { Tally } from '../tally.ts';
import { TextMasker } from '../text-masker.ts';
import { DocumentMasker } from './document.ts';
import { FormatMasker } from './format-masker.ts';
import { FieldHider } from './hide-value.ts';
import type { Hints } from './hints.ts';
import type { Inner } from './inner.ts';
import { JsonValues } from './json-values.ts';

/** Without a name that says so, no value has fewer digits. */
const shortestNumber = 7;

export interface InnerParts {
  readonly detector: Detector;
  readonly hints: Hints;
  readonly profile: MaskProfile;
  readonly fields: FieldRules | undefined;
  readonly maxBytes: number;
  /** Members that spell the text of an answer a second time. */
  readonly spelling?: ReadonlySet<string>;
}

export function createInner(parts: InnerParts): Inner {
  const { detector, profile, hints } = parts;
  const tally = new Tally();
  const hider = new FieldHider(detector, tally);
  return {
    scan: detector.scan,
    json: () => (parts.fields === undefined ? new FlatMasker(detector, true) : documentMasker(parts)),
    jsonValues: () => documentMasker(parts),
    text: () => new FlatMasker(detector, false),
    lane: (key, json = false) => new Lane(detector, tally, false, json, hints.of(key)),
    value: (text, key) => maskWhole(detector, tally, text, hints.of(key)),
    bytes(text, key) {
      const masker = new TextMasker(detector, tally, false, hints.of(key));
      const masked = masker.push(text, detector.scan.isPlain(text), true);
      return isSame(masked, text) ? text : masked;
    },
    number(text, key) {
      const hint = hints.of(key);
      if (hint === undefined && text.length < shortestNumber) return text;
      return maskNumber(detector, tally, text, hint);
    },
    hide: (text, as) => hider.text(text, as),
    hideNumber: (text, as) => hider.number(text, as),
    spells: (name) => parts.spelling?.has(name) === true,
    fault: (reason) => tally.fault(reason),
    failure: () => (tally.blocked === undefined ? undefined : blockedBy(tally.blocked)),
    summary: () => tally.summary(),
    tells: (key) => hints.of(key) !== undefined,
    mayBlock: [profile.actions.default, ...Object.values(profile.actions.of)].some(({ kind }) => kind === 'block'),
    hasFields: parts.fields !== undefined,
    keepsBinary: profile.binaryParts === 'keep',
  };
}

/** One document, counting for itself. */
function documentMasker(parts: InnerParts): BodyMasker {
  const { fields, maxBytes } = parts;
  const inner = createInner(parts);
  if (fields?.kind === 'whole') return new DocumentMasker(inner, (document) => fields.select(document), maxBytes);
  return new FormatMasker(new JsonValues(inner, maxBytes, fields?.root()), inner);
}

/** What was not written into is a view of what was given. */
const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length;
