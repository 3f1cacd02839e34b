/** Which masker a body gets. The endpoint's api decides; path and content type tell apart what it leaves open (body-kind.ts). */
import type { BodyKind } from '../body/body-kind.ts';
import { charsetIsUtf8, isEventStream, isGrpc, isJson } from '../body/media-type.ts';
import { grpcMethodOf } from '../body/protobuf/methods.ts';
import type { MaskProfile, ReadApi } from '../policy/policy.ts';
import type { Hash, PatternEngine, Replacements } from '../ports.ts';
import { lengthKeeping, replacementsMissing, treatments } from './action.ts';
import { CleanTexts } from './clean-texts.ts';
import { createDetector, createScanner, type Detector, type Scanner } from './detector.ts';
import { answerMasker, hasEvents } from './events/answer-masker.ts';
import { compileFields, type FieldRules } from './fields/field-rules.ts';
import { compileProtobufFields, type ProtobufFields } from './fields/protobuf-rules.ts';
import { FlatMasker } from './flat.ts';
import { formatMasker } from './formats/choose.ts';
import { createInner } from './formats/create-inner.ts';
import { Hints } from './formats/hints.ts';
import { blotText } from './hide.ts';
import { type Inspection, inspectWhole } from './inspect.ts';
import { maskWhole } from './lane.ts';
import type { BodyMasker, MaskSummary } from './masker.ts';
import { PlainInput } from './plain-input.ts';
import { PassThrough, Withheld } from './plain-maskers.ts';
import { isEmpty } from './profile.ts';
import { GrpcMasker } from './protobuf/grpc-masker.ts';
import { SniffingMasker } from './sniff.ts';
import { Tally } from './tally.ts';
import { BinaryTensorMasker } from './tensors/binary-tensors.ts';
import { spellingTripwire } from './tripwire.ts';

export interface MaskLimits {
  /** Longest block of an event stream, longest line, longest message: a longer one ends the output. */
  readonly eventBytes: number;
  /** Longest message of gRPC, which is kept until it is whole; 4 MiB when absent, what receivers take unless told otherwise. */
  readonly messageBytes?: number;
}

const usualMessageBytes = 4 * 1024 * 1024;

export interface MaskingEngine {
  masker(body: BodyKind, profile: MaskProfile, limits: MaskLimits): BodyMasker;
  /**
   * A header value, a path, a preview: complete texts. One with a value that blocks ends in front of it, and its summary has
   * the fault `blocked_…`.
   */
  maskText(text: string, profile: MaskProfile): { readonly text: string; readonly summary: MaskSummary };
  /** The same, with the place of each value. */
  inspect(text: string, profile: MaskProfile): Inspection;
  /** Everything the profile searches for, as one alternation in RE2's syntax: for benches. */
  alternation(profile: MaskProfile): string;
}

const blotted = (text: string): ReturnType<MaskingEngine['maskText']> => ({
  text: blotText(text),
  summary: { counts: {}, faults: [replacementsMissing] },
});
const unmasked = (text: string): ReturnType<MaskingEngine['maskText']> => ({
  text,
  summary: { counts: {}, faults: [] },
});

export interface MaskingPorts {
  readonly patterns: PatternEngine;
  /** Check digits of some values are a hash. */
  readonly hash: Hash;
  /** A profile with an action that needs them is refused without: bodies are withheld, texts are blotted. */
  readonly replacements?: Replacements | undefined;
}

export function createMaskingEngine({ patterns, hash, replacements }: MaskingPorts): MaskingEngine {
  const scanners = new Map<string, Scanner>();
  const ofProfile = {
    once: new WeakMap<MaskProfile, Detector | undefined>(),
    twice: new WeakMap<MaskProfile, Detector | undefined>(),
  };
  const fieldRules = new WeakMap<MaskProfile, FieldRules | undefined>();
  const inProtobuf = new WeakMap<MaskProfile, Map<ReadApi, ProtobufFields>>();
  const clean = new CleanTexts();

  /** A profile object does not change; a reload brings new ones. undefined: an action of it cannot be done. */
  function detectorOf(profile: MaskProfile, spellsTwice: boolean): Detector | undefined {
    const known = ofProfile[spellsTwice ? 'twice' : 'once'];
    if (!known.has(profile)) known.set(profile, compiled(profile, spellsTwice));
    return known.get(profile);
  }

  function fieldsOf(profile: MaskProfile): FieldRules | undefined {
    if (!fieldRules.has(profile)) fieldRules.set(profile, compileFields(profile.fields));
    return fieldRules.get(profile);
  }

  function protobufFieldsOf(profile: MaskProfile, api: ReadApi): ProtobufFields {
    const ofProfile = inProtobuf.get(profile) ?? new Map<ReadApi, ProtobufFields>();
    const fields = ofProfile.get(api) ?? compileProtobufFields(profile.fields, api);
    inProtobuf.set(profile, ofProfile.set(api, fields));
    return fields;
  }

  function compiled(profile: MaskProfile, spellsTwice: boolean): Detector | undefined {
    const treatmentOf = treatments(profile, replacements);
    return treatmentOf && createDetector(scannerOf(profile, spellsTwice), treatmentOf);
  }

  /** Patterns are compiled once for each combination of what is looked for, not for each body or profile. */
  function scannerOf(profile: MaskProfile, spellsTwice: boolean): Scanner {
    const { entities, custom, strictness } = profile;
    const key = `${spellsTwice} ${JSON.stringify({ entities, custom, strictness })}`;
    let scanner = scanners.get(key);
    if (scanner === undefined) {
      scanner = createScanner(patterns, profile, spellsTwice ? spellingTripwire : undefined, hash);
      scanners.set(key, scanner);
    }
    return scanner;
  }

  function choose(body: BodyKind, profile: MaskProfile, limits: MaskLimits): BodyMasker {
    const { api, direction, contentType, path } = body;
    if (isEmpty(profile)) return new PassThrough();
    const method = grpcMethodOf(api, path);
    if ((method !== undefined) !== isGrpc(contentType)) return new Withheld('grpc_and_something_else');
    const detector = detectorOf(profile, false);
    const twice = hasEvents(api) ? detectorOf(profile, true) : detector;
    if (detector === undefined || twice === undefined) return new Withheld(replacementsMissing);
    const parts = {
      detector,
      hints: new Hints(detector),
      profile,
      fields: fieldsOf(profile),
      maxBytes: limits.eventBytes,
    };
    const maxBytes = limits.messageBytes ?? usualMessageBytes;
    const { jsonBytes } = body;
    // Whoever asks for the same value in another form must not get around a rule.
    const { inMessages, areInJson } = protobufFieldsOf(profile, api);
    if ((jsonBytes !== undefined || method?.holdsData === true) && inMessages === undefined)
      return new Withheld('field_rules_need_json');
    if (method === undefined && !areInJson) return new Withheld('field_rules_need_protobuf');
    if (jsonBytes !== undefined) {
      const list = direction === 'request' ? 'inputs' : 'outputs';
      const elements = { ...parts, detector: detectorOf(lengthKeeping(profile), false) ?? detector };
      return new BinaryTensorMasker(
        { jsonBytes, list, maxBytes },
        createInner(parts),
        () => createInner(elements),
        inMessages,
      );
    }
    if (method !== undefined) return new GrpcMasker(method[direction], createInner(parts), maxBytes, inMessages);
    const ofFormat = formatMasker(body, () => createInner(parts), limits.eventBytes);
    if (ofFormat !== undefined) return ofFormat;
    const json = (): BodyMasker => createInner(parts).json();
    if (direction === 'request') return api === 'text' ? new FlatMasker(detector, false) : json();
    if (!charsetIsUtf8(contentType)) return new Withheld('charset_not_utf8');
    const documents = (spelling: ReadonlySet<string>): BodyMasker => createInner({ ...parts, spelling }).json();
    const events = answerMasker(body, { once: detector, twice, fields: parts.fields, documents }, limits.eventBytes);
    if (events !== undefined) return events;
    // An event stream may cut a value in two, and these APIs have no lanes to join it by.
    if (isEventStream(contentType)) return new Withheld('unexpected_event_stream');
    if (api === 'text') return new FlatMasker(detector, isJson(contentType));
    // Clients read an event stream whatever it is called, and these APIs send JSON or nothing.
    return new SniffingMasker(false, () => new Withheld('unexpected_event_stream'), json);
  }

  return {
    masker: (body, profile, limits) => new PlainInput(choose(body, profile, limits)),
    maskText(text, profile) {
      if (isEmpty(profile)) return unmasked(text);
      const detector = detectorOf(profile, false);
      if (detector === undefined) return blotted(text);
      if (clean.has(detector, text)) return unmasked(text);
      const tally = new Tally();
      const masked = maskWhole(detector, tally, text);
      const summary = tally.summary();
      if (masked === text && summary.faults.length === 0) clean.add(detector, text);
      return { text: masked, summary };
    },
    alternation: (profile) => detectorOf(profile, false)?.heads.alternation ?? '',
    inspect(text, profile) {
      if (isEmpty(profile)) return { ...unmasked(text), spans: [] };
      const detector = detectorOf(profile, false);
      return detector === undefined ? { ...blotted(text), spans: [] } : inspectWhole(detector, text);
    },
  };
}
