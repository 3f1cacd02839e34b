/** The field rules of a profile, ready for the messages of one API. */
import type { Api, FieldRule } from '../../policy/policy.ts';
import { parseFieldPath } from './field-path.ts';
import { type FieldPlace, nowhere, rootPlace } from './field-place.ts';
import { type ProtobufPath, parseProtobufPath } from './protobuf-path.ts';
import { StreamingFields, type StreamingRule } from './streaming-fields.ts';
import { twinOf } from './twin.ts';

/** Where a rule leads in the messages of that API; undefined: nobody can tell. */
export function protobufPathsOf(rule: FieldRule, api: Api): readonly ProtobufPath[] | undefined {
  const written = rule.protobuf === undefined ? undefined : checked(parseProtobufPath(rule.protobuf));
  if (written?.api === api) return [written];
  if (rule.path === undefined) return [];
  return twinOf(checked(parseFieldPath(rule.path)), api)?.map((twin) => checked(parseProtobufPath(twin)));
}

/** Whether JSON of that API has what a rule means. */
export const saysInJson = ({ path, protobuf }: FieldRule, api: Api): boolean =>
  path !== undefined || protobuf === undefined || checked(parseProtobufPath(protobuf)).api !== api;

/** How far the rules of a profile reach in the bodies of one API. */
export interface ProtobufFields {
  /** Where every message begins; undefined: a rule cannot be followed there. */
  readonly inMessages: FieldPlace | undefined;
  /** Whether JSON has all of them. */
  readonly areInJson: boolean;
}

export function compileProtobufFields(rules: readonly FieldRule[], api: Api): ProtobufFields {
  const paths = rules.map((rule) => protobufPathsOf(rule, api));
  const compiled: StreamingRule[] = [];
  for (const [index, { as }] of rules.entries())
    for (const { segments } of paths[index] ?? []) compiled.push({ segments, as });
  const begin = compiled.length === 0 ? nowhere : rootPlace(new StreamingFields(compiled).root());
  return {
    inMessages: paths.includes(undefined) ? undefined : begin,
    areInJson: rules.every((rule) => saysInJson(rule, api)),
  };
}

/** Checked at load, and a twin is one by construction; if it ever failed here, a rule must not be left out. */
function checked<T>(parsed: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!parsed.ok) throw new Error('a path of a field rule was checked and does not parse');
  return parsed.value;
}
