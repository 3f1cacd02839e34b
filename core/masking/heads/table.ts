/**
 * A deterministic automaton that reads a text from its end to its front, and knows at each byte which patterns begin there. States
 * are made as texts ask for them; each is a set of positions of the patterns (positions.ts). Patterns are finite, so a state
 * depends on the last `reachBytes` bytes that were read, and on nothing else.
 */
import { maxBytes, type Pattern } from '../pattern.ts';
import { bytesOf, positionsOf } from '../positions.ts';

export interface Rule<T> {
  readonly pattern: Pattern;
  readonly means: T;
}

/** As many states fit below the sign of 16 bits. All patterns of the bank profile have 8,500 together, a text a few hundred. */
export const mostStates = 32_000;
export const rowBits = 7;
export const rowLength = 1 << rowBits;
/** In `next`: not made yet. Below it: something begins here. Else the state that comes next. */
export const unknown = -1;
/** A state where something begins stands in `next` as this number below `unknown`; the same turns that back into the state. */
export const flagged = (state: number): number => unknown - 1 - state;

export class Table<T, F> {
  /** By `state << 7 | byte`. */
  readonly next: Int16Array;
  /** The state at the end of a text. */
  readonly start = 0;
  readonly reachBytes: number;
  readonly #rules: readonly Rule<T>[];
  readonly #fold: (means: readonly T[]) => F;
  /** By position: those in front of it, and the rule that begins with it. */
  readonly #before: readonly (readonly number[])[];
  readonly #ruleAt: readonly (number | undefined)[];
  readonly #classes: ByteClasses;
  /** By class: positions a pattern may end with, and which class each position takes. */
  readonly #last: readonly (readonly number[])[];
  readonly #takes: readonly Uint8Array[];
  #states: (readonly number[])[] = [];
  /** undefined: nothing begins there. */
  #found: (F | undefined)[] = [];
  readonly #nothing: F;
  readonly #numbers = new Map<string, number>();
  /** Marks positions that are in a set already, by the number of that set. */
  readonly #marks: Uint32Array;
  #mark = 0;
  readonly #room: number;

  /**
   * @param fold what it means that all of these begin at one place
   * @param next where the table is kept, `rowLength` numbers for a state
   */
  constructor(rules: readonly Rule<T>[], fold: (means: readonly T[]) => F, next: Int16Array) {
    this.next = next;
    this.#room = Math.min(mostStates, next.length / rowLength);
    this.#rules = rules;
    this.#fold = fold;
    this.reachBytes = Math.max(...rules.map(({ pattern }) => maxBytes(pattern)));
    const sets: string[] = [];
    const before: number[][] = [];
    const ruleAt: (number | undefined)[] = [];
    const ends: number[] = [];
    for (const [index, { pattern }] of rules.entries()) {
      const base = sets.length;
      const positions = positionsOf(pattern);
      sets.push(...positions.sets);
      for (const _ of positions.sets) before.push([]);
      for (const [position, follow] of positions.follow.entries())
        for (const next of new Set(follow)) before[base + next]?.push(base + position);
      for (const position of positions.first) ruleAt[base + position] = index;
      ends.push(...positions.last.map((position) => base + position));
    }
    this.#before = before;
    this.#ruleAt = ruleAt;
    this.#classes = new ByteClasses(sets);
    const { members, tables } = this.#classes;
    this.#takes = sets.map((set) => Uint8Array.from(members, ([byte = 0]) => tables.get(set)?.[byte] ?? 0));
    this.#last = members.map((_, kind) => [...new Set(ends)].filter((position) => this.#takes[position]?.[kind] === 1));
    this.#nothing = fold([]);
    this.#marks = new Uint32Array(sets.length);
    this.#clear();
  }

  /** What begins where this state was reached. */
  found(state: number): F {
    return this.#found[state] ?? this.#nothing;
  }

  /** Before so many bytes are read; states from before mean nothing afterwards. */
  makeRoom(bytes: number): void {
    if (this.#states.length + bytes > this.#room) this.#clear();
  }

  /** What `next` says behind `state` for `byte`; made when it is not there. */
  entry(state: number, byte: number): number {
    const entry = this.next[(state << rowBits) | byte] ?? unknown;
    return entry === unknown ? this.#step(state, byte) : entry;
  }

  #step(state: number, byte: number): number {
    const kind = this.#classes.of(byte);
    const before = this.#states[state] ?? [];
    const target: number[] = [];
    const mark = ++this.#mark;
    for (const position of before)
      for (const previous of this.#before[position] ?? []) this.#include(target, previous, kind, mark);
    for (const position of this.#last[kind] ?? []) this.#include(target, position, kind, mark);
    const number = this.#numberOf(target.sort((a, b) => a - b));
    const entry = this.#found[number] === undefined ? number : flagged(number);
    for (const member of this.#classes.members[kind] ?? []) this.next[(state << rowBits) | member] = entry;
    return entry;
  }

  #include(target: number[], position: number, kind: number, mark: number): void {
    if (this.#marks[position] === mark || this.#takes[position]?.[kind] !== 1) return;
    this.#marks[position] = mark;
    target.push(position);
  }

  #numberOf(positions: readonly number[]): number {
    const key = positions.join(' ');
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#states.push(positions) - 1;
    this.#numbers.set(key, number);
    const begun = new Set(positions.map((position) => this.#ruleAt[position]));
    const means = this.#rules.flatMap((rule, index) => (begun.has(index) ? [rule.means] : []));
    this.#found.push(means.length > 0 ? this.#fold(means) : undefined);
    this.next.fill(unknown, number * rowLength, (number + 1) * rowLength);
    return number;
  }

  #clear(): void {
    this.#states = [];
    this.#found = [];
    this.#numbers.clear();
    this.#numberOf([]);
  }
}

/** Bytes that all patterns treat alike. */
class ByteClasses {
  readonly members: readonly (readonly number[])[];
  readonly tables: ReadonlyMap<string, Uint8Array>;
  readonly #of = new Uint8Array(rowLength);

  constructor(sets: readonly string[]) {
    this.tables = new Map(Array.from(new Set(sets), (set) => [set, bytesOf(set)]));
    const tables = [...this.tables.values()];
    const alike = Map.groupBy(Array(rowLength).keys(), (byte) => tables.map((table) => table[byte]).join(''));
    this.members = [...alike.values()];
    for (const [kind, members] of this.members.entries()) for (const byte of members) this.#of[byte] = kind;
  }

  of(byte: number): number {
    return this.#of[byte] ?? 0;
  }
}
