/** What the name of a column, a tensor, a form field or a JSON path says about the values under it. */
import type { Clues } from './clues.ts';
import { isOrdinal, speaksOtherwise } from './naming.ts';

export interface Hint {
  readonly entities: ReadonlySet<string>;
}

const encoder = new TextEncoder();

/** undefined: the name says nothing. */
export function hintOf(clues: Clues, name: string): Hint | undefined {
  const bytes = encoder.encode(name);
  const entities = new Set<string>();
  for (let at = 0; at < bytes.length; at++) {
    const start = at === 0 ? clues.startAtFront(bytes) : clues.startIn(bytes, at - 1);
    if (start !== at) continue;
    const phrase = clues.read(bytes, at, true);
    if (phrase === undefined || phrase === 'open') continue;
    for (const entity of phrase.entities.keys()) {
      if (namesValue(entity, bytes, phrase.end, bytes.length)) entities.add(entity);
    }
  }
  return entities.size === 0 ? undefined : { entities };
}

/** Whether a name that goes on over [from, to) behind a phrase is that of a value of `entity`. */
export const namesValue = (entity: string, bytes: Uint8Array, from: number, to: number): boolean =>
  entity === 'person_name' ? isOrdinal(bytes, from, to) : !speaksOtherwise(bytes, from, to);
