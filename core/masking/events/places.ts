/** Finds the place of a piece of text, and the texts that clients join with it. */
import type { JsonRecord } from '../../body/shape.ts';
import type { Detector } from '../detector.ts';
import type { Tally } from '../tally.ts';
import { at } from './carry.ts';
import type { EventKind } from './event-api.ts';
import { JoinedText, type Place, type Said, Seams } from './joined-text.ts';
import type { PathStep } from './json-spots.ts';

/** A lane has about eight. */
const maxTexts = 16_384;

/** Of a piece of text in its event: all by which clients tell pieces of one family apart, each by some of it. */
export interface Address {
  /** Where in the lists on its path. */
  readonly position: string;
  /** The names on its path, and what the frame, the event and its parts say that they are (a thought, Gemini's do). */
  readonly kind: string;
  readonly indexes: string;
}

interface Context {
  readonly event: JsonRecord;
  readonly kind: EventKind;
}

/** `name`: what the frame calls the event; `indexes`: of its members. */
export function addressOf(
  event: JsonRecord,
  path: readonly PathStep[],
  { name, indexes: keys }: { readonly name: string | undefined; readonly indexes: readonly string[] },
): Address {
  const position: number[] = [];
  const kind: unknown[] = [name];
  const indexes: unknown[] = keys.map((key) => at(event, key));
  let part: unknown = event;
  for (const step of path) {
    if (typeof step === 'string') kind.push(at(part, 'type'), at(part, 'thought'), step);
    part = at(part, step);
    if (typeof step === 'string') continue;
    position.push(step);
    indexes.push(at(part, 'index'));
  }
  return { position: JSON.stringify(position), kind: JSON.stringify(kind), indexes: JSON.stringify(indexes) };
}

/** Of the texts that the pieces at an address are joined to: by all of it, by nothing of it, by each part and by two. */
function keysOf(family: string, { position, kind, indexes }: Address, ids: readonly string[]): readonly string[] {
  const by = [position, kind, indexes, position + kind, kind + indexes, position + indexes, position + kind + indexes];
  // In Go, an index that is missing is the first.
  by.push(`go ${indexes.replaceAll('null', '0')}`);
  return [family, ...by.map((part) => `${family} ${part}`), ...ids.map((id, number) => `${family} ${number} ${id}`)];
}

export class Places {
  readonly #seams: Seams;
  readonly #places = new Map<string, Place>();
  readonly #texts = new Map<string, JoinedText>();

  constructor(detector: Detector, tally: Tally) {
    this.#seams = new Seams(detector, tally);
  }

  /** undefined: too many. */
  find(said: Said, { event, kind }: Context, path: readonly PathStep[], address: Address): Place | undefined {
    const key = said.key + address.position + address.kind + address.indexes;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    if (this.#texts.size > maxTexts) return undefined;
    const keys = keysOf(kind.familyOf(event, path), address, kind.idsOf?.(event, path) ?? []);
    const place = this.#begin(said, keys);
    this.#places.set(key, place);
    return place;
  }

  #begin(said: Said, keys: readonly string[]): Place {
    const joined: JoinedText[] = [];
    const place = { said, joined, isMixed: false };
    // What a lane says elsewhere does not stand in front of what it says here, nor the other way round.
    for (const text of said.first?.joined ?? []) text.mix(said.tail);
    for (const key of keys) {
      const known = this.#texts.get(key);
      const text = known ?? new JoinedText(this.#seams, place);
      if (known === undefined) this.#texts.set(key, text);
      else known.mix(known.first.said.tail);
      if (said.first !== undefined) text.mix('');
      joined.push(text);
    }
    place.isMixed = joined.some(({ isMixed }) => isMixed);
    said.first ??= place;
    return place;
  }
}
