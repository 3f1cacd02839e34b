/** What a phrase or the name of a member says of the values behind it: of which entities they are, and how those are written. */
import type { Pattern } from '../pattern.ts';
import { bytesOf } from '../positions.ts';
import type { Shape } from '../recognizers/recognizer.ts';
import { keyPoints } from '../score.ts';

/** 1: a value may begin with the byte. */
export type Beginnings = Uint8Array;

export interface Meaning {
  /** Entities, with what each is worth at a distance, and how it is written where a name points to it. */
  readonly names: readonly string[];
  readonly points: readonly number[];
  readonly shapes: readonly (Shape | undefined)[];
  /** Of all of them: words that begin with none of these bytes are not looked at. */
  readonly begins: Beginnings;
}

export class Meanings {
  readonly #shapes: ReadonlyMap<string, Shape>;
  readonly #begins: ReadonlyMap<string, Beginnings>;
  /** By collection, and by what is in it: a member inside another has a collection of its own each time. */
  readonly #known = new WeakMap<object, Meaning>();
  readonly #ofKey = new Map<string, Meaning>();
  readonly #sets = new Map<string, ReadonlySet<string>>();

  constructor(shapes: ReadonlyMap<string, Shape>) {
    this.#shapes = shapes;
    this.#begins = new Map(Array.from(shapes, ([name, { pattern }]) => [name, beginningsOf(pattern)]));
  }

  /** A map says what its entities are worth at a distance; a set is the name of a member. */
  of(entities: ReadonlyMap<string, number> | ReadonlySet<string>): Meaning {
    let meaning = this.#known.get(entities);
    if (meaning === undefined) {
      meaning = this.#ofEntries(
        entities instanceof Map
          ? [...entities]
          : Array.from(entities.keys(), (name): [string, number] => [name, keyPoints]),
      );
      this.#known.set(entities, meaning);
    }
    return meaning;
  }

  /** The one set of these names: what is known of it is not made again for each member that has them. */
  setOf(names: readonly string[]): ReadonlySet<string> {
    const key = names.join(' ');
    let set = this.#sets.get(key);
    if (set === undefined) {
      set = new Set(names);
      this.#sets.set(key, set);
    }
    return set;
  }

  #ofEntries(entries: readonly (readonly [string, number])[]): Meaning {
    const key = entries.join(' ');
    let meaning = this.#ofKey.get(key);
    if (meaning === undefined) {
      const names = entries.map(([name]) => name);
      const all = names.map((name) => this.#begins.get(name));
      meaning = {
        names,
        points: entries.map(([, points]) => points),
        shapes: names.map((name) => this.#shapes.get(name)),
        begins: Uint8Array.from({ length: 256 }, (_, byte) => (all.some((each) => each?.[byte] === 1) ? 1 : 0)),
      };
      this.#ofKey.set(key, meaning);
    }
    return meaning;
  }
}

/** Bytes beyond ASCII begin anything: none is left out for being unknown. */
function beginningsOf(pattern: Pattern): Beginnings {
  const sets = new Set<string>();
  collect(pattern, sets);
  const tables = Array.from(sets, bytesOf);
  return Uint8Array.from({ length: 256 }, (_, byte) =>
    byte < 0x80 && tables.every((table) => table[byte] !== 1) ? 0 : 1,
  );
}

/** Adds the classes of all first characters; @returns whether the pattern may be empty */
function collect(pattern: Pattern, sets: Set<string>): boolean {
  switch (pattern.kind) {
    case 'chars':
      sets.add(pattern.set);
      return false;
    case 'seq':
      return pattern.parts.every((part) => collect(part, sets));
    case 'any':
      return pattern.of.map((each) => collect(each, sets)).includes(true);
    case 'repeat':
      return collect(pattern.of, sets) || pattern.min === 0;
  }
}
