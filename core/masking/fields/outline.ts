/** What a JSONPath says by names alone, for the translations of twin.ts. */
import type { FieldPath } from './field-path.ts';

export type Outline = FieldPath['outline'];
type Part = Outline[number];

/** Paths into messages (protobuf-path.ts); none: nothing there is selected. undefined: it cannot be told. */
export type Twin = readonly string[] | undefined;

/** By the first member of a document. `anywhere`: where `..` stands in front of it. */
export function byFirst(
  [first, ...rest]: Outline,
  member: (name: string, rest: Outline) => Twin,
  anywhere: (name: string, rest: Outline) => Twin,
): Twin {
  if (first === undefined) return undefined;
  const names = namesIn({ ...first, isDescendant: false });
  return names && together(names.map((name) => (first.isDescendant ? anywhere(name, rest) : member(name, rest))));
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

export const keyed = (field: string, key: string): Twin => {
  const quote = key.includes('"') ? "'" : '"';
  return key.includes(quote) ? undefined : [`${field}[${quote}${key}${quote}]`];
};

/** All of them, or none where one cannot be told. */
export function together(twins: readonly Twin[]): Twin {
  const known = twins.filter((twin) => twin !== undefined);
  return known.length < twins.length ? undefined : known.flat();
}
