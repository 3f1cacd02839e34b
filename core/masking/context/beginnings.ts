/** With which bytes the values begin that a phrase or a member points to: words that begin with none of them are not looked at. */
import type { Pattern } from '../pattern.ts';
import type { Shape } from '../recognizers/recognizer.ts';

/** 1: a value may begin with the byte. */
export type Beginnings = Uint8Array;

export class BeginningsOf {
  readonly #ofEntity: ReadonlyMap<string, Beginnings>;
  /** By collection, and by what is in it: a member inside another has a collection of its own each time. */
  readonly #known = new WeakMap<object, Beginnings>();
  readonly #named = new Map<string, Beginnings>();
  readonly #sets = new Map<string, ReadonlySet<string>>();

  constructor(shapes: Iterable<Shape>) {
    this.#ofEntity = new Map(Array.from(shapes, ({ name, pattern }) => [name, tableOf(pattern)]));
  }

  of(entities: ReadonlyMap<string, unknown> | ReadonlySet<string>): Beginnings {
    let table = this.#known.get(entities);
    if (table === undefined) {
      table = this.#ofNames([...entities.keys()]);
      this.#known.set(entities, table);
    }
    return table;
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

  #ofNames(names: readonly string[]): Beginnings {
    const key = names.join(' ');
    let table = this.#named.get(key);
    if (table === undefined) {
      const all = names.map((name) => this.#ofEntity.get(name));
      table = Uint8Array.from({ length: 256 }, (_, byte) => (all.some((each) => each?.[byte] === 1) ? 1 : 0));
      this.#named.set(key, table);
    }
    return table;
  }
}

function tableOf(pattern: Pattern): Beginnings {
  const sets = new Set<string>();
  collect(pattern, sets);
  const classes = Array.from(sets, (set) => new RegExp(`[${set.replaceAll('\\x{', '\\u{')}]`, 'u'));
  return Uint8Array.from({ length: 256 }, (_, byte) =>
    byte < 0x80 && classes.every((each) => !each.test(String.fromCharCode(byte))) ? 0 : 1,
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
