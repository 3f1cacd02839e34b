/**
 * What a JSONPath selects of a body in JSON, in the messages that say the same in protobuf. In both a tensor's data is a tensor's
 * data: whoever asks for it in the other form must not get around a rule.
 */
import type { Api } from '../../policy/policy.ts';
import type { FieldPath, Segment } from './field-path.ts';
import { openInferenceTwin } from './open-inference-twin.ts';
import { tfServingTwin } from './tf-serving-twin.ts';

/** Paths into messages (protobuf-path.ts); none: nothing there is selected. undefined: it cannot be told. */
export type Twin = readonly string[] | undefined;

export type Outline = FieldPath['outline'];
type Part = Outline[number];

export function twinOf(path: FieldPath, api: Api): Twin {
  // Everything, or everything of some kind: a name would be a value.
  if (path.outline.length === 0) return undefined;
  if (api === 'open-inference-v2') return openInferenceTwin(path.outline);
  return api === 'tf-serving' ? tfServingTwin(path.outline) : [];
}

/** Members that a segment names; undefined: not by name alone, or at any depth. */
export function namesIn(segment: Part | undefined): readonly string[] | undefined {
  if (segment === undefined || segment.isDescendant) return undefined;
  const names = segment.selectors.map((selector) => (selector.kind === 'name' ? selector.name : undefined));
  return names.every((name) => name !== undefined) ? names : undefined;
}

/** Whether a segment takes all that is directly there. */
export const takesAll = (segment: Part | undefined): boolean =>
  segment !== undefined && !segment.isDescendant && segment.selectors.some(({ kind }) => kind === 'any');

/** Whether segments take everything in a list of any shape. */
export const takeAll = (segments: Outline): boolean => segments.every(takesAll);

/** The same without `..`, which asks for it at any depth. */
export const atOnce = ({ selectors }: Part): Segment<Part['selectors'][number]> => ({ isDescendant: false, selectors });

export const keyed = (field: string, key: string): Twin => {
  const quote = key.includes('"') ? "'" : '"';
  return key.includes(quote) ? undefined : [`${field}[${quote}${key}${quote}]`];
};

/** All of them, or none where one cannot be told. */
export function together(twins: readonly Twin[]): Twin {
  const known = twins.filter((twin) => twin !== undefined);
  return known.length < twins.length ? undefined : known.flat();
}
