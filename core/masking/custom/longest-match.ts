/**
 * Where a match of a custom pattern that begins at a given byte ends: the longest one, so that nothing of a value stays readable.
 * A table that is filled as texts ask for it: one look-up a byte, where a call into RE2 would cost as much as a hundred of them.
 */
import type { Pattern } from '../pattern.ts';
import { type Automaton, followers, toAutomaton } from './automaton.ts';

/** Sets of positions that are kept; a text that needs more begins the table anew. */
const maxStates = 2048;
const dead = 0;
const start = 1;
const unknown = -1;

export type LongestMatch = (bytes: Uint8Array, from: number) => number | undefined;

export function longestMatch(pattern: Pattern): LongestMatch {
  const table = new Table(toAutomaton(pattern));
  return (bytes, from) => table.read(bytes, from);
}

class Table {
  readonly #automaton: Automaton;
  /** Bytes that all positions treat alike have one class; 0 is what none of them takes. */
  readonly #classOf = new Uint8Array(256);
  readonly #masks: bigint[] = [0n];
  readonly #next: Int16Array;
  readonly #isAccepting = new Uint8Array(maxStates);
  #states: bigint[] = [];
  readonly #numbers = new Map<bigint, number>();

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
    const classes = new Map<bigint, number>([[0n, 0]]);
    for (let byte = 0; byte < 128; byte++) {
      const mask = automaton.sets.reduce((all, set, at) => (set.has(byte) ? all | (1n << BigInt(at)) : all), 0n);
      const known = classes.get(mask) ?? this.#masks.push(mask) - 1;
      classes.set(mask, known);
      this.#classOf[byte] = known;
    }
    this.#next = new Int16Array(maxStates * this.#masks.length);
    this.#clear();
  }

  read(bytes: Uint8Array, from: number): number | undefined {
    const width = this.#masks.length;
    let state = start;
    let end: number | undefined;
    for (let at = from; at < bytes.length; at++) {
      const kind = this.#classOf[bytes[at] ?? 0] ?? 0;
      let next = this.#next[state * width + kind] ?? unknown;
      if (next === unknown) next = this.#step(state, kind);
      if (next === dead) return end;
      state = next;
      if (this.#isAccepting[state] === 1) end = at + 1;
    }
    return end;
  }

  #step(state: number, kind: number): number {
    const { first, last } = this.#automaton;
    const positions = this.#states[state] ?? 0n;
    const target = (state === start ? first : followers(this.#automaton, positions)) & (this.#masks[kind] ?? 0n);
    if (target === 0n) return this.#keep(state, kind, dead);
    const known = this.#numbers.get(target);
    if (known !== undefined) return this.#keep(state, kind, known);
    // What was about to be kept would belong to a state that is gone.
    const isFull = this.#states.length === maxStates;
    if (isFull) this.#clear();
    const number = this.#states.push(target) - 1;
    this.#numbers.set(target, number);
    this.#isAccepting[number] = (target & last) === 0n ? 0 : 1;
    return isFull ? number : this.#keep(state, kind, number);
  }

  #keep(state: number, kind: number, next: number): number {
    this.#next[state * this.#masks.length + kind] = next;
    return next;
  }

  #clear(): void {
    this.#states = [0n, 0n];
    this.#numbers.clear();
    this.#next.fill(unknown);
  }
}
