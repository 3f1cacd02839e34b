/** Field rules over a whole document, for paths that need one. */
import type { JSONValue } from 'json-p3';
import type { FieldNode } from './field-node.ts';
import type { FieldPath } from './field-path.ts';

export interface DocumentRule {
  readonly path: FieldPath;
  readonly as: string;
}

class Selected implements FieldNode {
  as: string | undefined;
  readonly #children = new Map<string | number, Selected>();

  child(step: string | number): Selected | undefined {
    return this.#children.get(step);
  }

  grow(step: string | number): Selected {
    const known = this.#children.get(step);
    if (known !== undefined) return known;
    const grown = new Selected();
    this.#children.set(step, grown);
    return grown;
  }
}

/** Of two rules for one place the first counts. */
export function selectFields(rules: readonly DocumentRule[], document: unknown): FieldNode {
  const root = new Selected();
  if (!isParsed(document)) return root;
  for (const { path, as } of rules) {
    for (const { location } of path.query.lazyQuery(document)) {
      let place = root;
      for (const step of location) place = place.grow(step);
      place.as ??= as;
    }
  }
  return root;
}

/** What JSON.parse returns is nothing else. */
const isParsed = (value: unknown): value is JSONValue => value !== undefined && typeof value !== 'function';
