/** What a phrase or the name of a member says of the values behind it: of which entities they are, and how those are written. */
import type { Pattern } from '../pattern.ts';
import { bytesOf } from '../positions.ts';
import type { Recognizer, Shape } from '../recognizers/recognizer.ts';
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
  /** Those, and bytes at which readers are asked wherever they stand. */
  readonly asks: Beginnings;
  /** Its entities as those of a member. */
  readonly members: ReadonlySet<string>;
}

export class Meanings {
  readonly #shapes: ReadonlyMap<string, Shape>;
  readonly #begins: ReadonlyMap<string, Beginnings>;
  /** By entity; of one that is not here, every byte. */
  readonly #heads: ReadonlyMap<string, Beginnings>;
  /** By collection, and by what is in it: a member inside another has a collection of its own each time. */
  readonly #known = new WeakMap<object, Meaning>();
  readonly #ofKey = new Map<string, Meaning>();
  readonly #sets = new Map<string, ReadonlySet<string>>();

  /** @param recognizers those whose heads are known: of what a policy describes, nothing is said */
  constructor(shapes: ReadonlyMap<string, Shape>, recognizers: readonly Recognizer[]) {
    this.#shapes = shapes;
    this.#heads = new Map(
      [...Map.groupBy(recognizers, ({ name }) => name)].map(([name, group]) => [
        name,
        unionOf(group.map((each) => beginningsOf(each.isLong === true ? each.pattern : each.head))),
      ]),
    );
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
      const begins = unionOf(names.map((name) => this.#begins.get(name) ?? nowhere));
      const heads = names.map(
        (name) => this.#heads.get(name) ?? (this.#shapes.has(name) || name === 'person_name' ? nowhere : anywhere),
      );
      meaning = {
        names,
        points: entries.map(([, points]) => points),
        shapes: names.map((name) => this.#shapes.get(name)),
        begins,
        asks: unionOf([begins, ...heads]),
        members: this.setOf(names),
      };
      this.#ofKey.set(key, meaning);
    }
    return meaning;
  }
}

const nowhere: Beginnings = new Uint8Array(256);
const anywhere: Beginnings = new Uint8Array(256).fill(1);
const unionOf = (tables: readonly Beginnings[]): Beginnings =>
  nowhere.map((_, byte) => (tables.some((table) => table[byte] === 1) ? 1 : 0));

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
