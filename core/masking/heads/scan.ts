/**
 * Follows a table through a text. Who asks a table byte after byte spends the time waiting for its last answer; so a text is read
 * in six places at once, each from a little further to the right than it has to be, until its state is the true one.
 */
import type { TableWalk } from '../../ports.ts';
import { flagged, mostStates, rowBits, rowLength, type Table, unknown } from './table.ts';

type States = Pick<Table<never, never>, 'next' | 'start' | 'reachBytes' | 'makeRoom' | 'entry'>;

/** So much is read at a time: no more states are made on the way than the table has room for. */
export const blockBytes = 16_384;
const laneCount = 6;
/** Of the longest pattern. */
const mostReach = 1024;
const laneBytes = Math.ceil(blockBytes / laneCount) + mostReach;

/** Addresses in the memory of a walk: the table, the text, a state for each lane and the end of its list, the lists. */
const textAt = mostStates * rowLength * 2;
const statesAt = textAt + blockBytes + mostReach;
const listsAt = statesAt + laneCount * 8;
export const memoryBytes = listsAt + laneCount * laneBytes * 4;

export const tableIn = ({ memory }: TableWalk): Int16Array => new Int16Array(memory, 0, mostStates * rowLength);

/** Indices where something begins, ascending, and with which state. */
export interface Found {
  count: number;
  readonly at: Int32Array;
  readonly state: Int16Array;
}

export const noneFound = (): Found => ({
  count: 0,
  at: new Int32Array(blockBytes + 1),
  state: new Int16Array(blockBytes + 1),
});

/** In front of a text stands, for all patterns, the end of a line. */
const lineEnd = 0x0a;

export class Scan {
  readonly #table: States;
  readonly #walk: TableWalk;
  readonly #text: Uint8Array;
  /** Six states, then where the six lists end. */
  readonly #lanes: Int32Array;
  /** Addresses: where each lane begins, at the end of its part. */
  readonly #ends = Array<number>(laneCount).fill(textAt);
  /** What a lane found: how much it had left, and the state, as one number. */
  readonly #lists: Uint32Array;

  /** `table` lies in the memory of `walk` (`tableIn`). */
  constructor(table: States, walk: TableWalk) {
    if (table.reachBytes > mostReach) throw new Error('a pattern that is longer than its text has room');
    this.#table = table;
    this.#walk = walk;
    this.#text = new Uint8Array(walk.memory, textAt, blockBytes + mostReach);
    this.#lanes = new Int32Array(walk.memory, statesAt, laneCount * 2);
    this.#lists = new Uint32Array(walk.memory, listsAt, laneCount * laneBytes);
  }

  /**
   * Where something begins in [from, to), `blockBytes` at most. Bytes are ASCII; those behind `to` are looked at too.
   *
   * @param isFront `from` is the front of the text: then also what begins in front of it, at `from - 1`
   */
  read(bytes: Uint8Array, from: number, to: number, isFront: boolean, found: Found): void {
    const { reachBytes } = this.#table;
    this.#table.makeRoom(to - from + laneCount * reachBytes + 1);
    found.count = isFront ? 1 : 0;
    const share = Math.ceil((to - from) / laneCount);
    const state =
      share <= reachBytes ? this.#readShort(bytes, from, to, found) : this.#readLong(bytes, from, to, share, found);
    if (isFront) this.#readFront(state, from - 1, found);
  }

  /** The first place in the list was kept free for it. */
  #readFront(state: number, at: number, found: Found): void {
    const entry = this.#table.entry(state, lineEnd);
    if (entry < 0) {
      found.at[0] = at;
      found.state[0] = flagged(entry);
      return;
    }
    found.at.copyWithin(0, 1, found.count);
    found.state.copyWithin(0, 1, found.count);
    found.count--;
  }

  /** @returns the state at `from` */
  #readShort(bytes: Uint8Array, from: number, to: number, found: Found): number {
    const { next, reachBytes } = this.#table;
    let state = this.#table.start;
    const first = found.count;
    let count = first;
    for (let at = Math.min(bytes.length, to + reachBytes) - 1; at >= from; at--) {
      const byte = bytes[at] ?? 0;
      let entry = next[(state << rowBits) | byte] ?? unknown;
      if (entry === unknown) entry = this.#table.entry(state, byte);
      if (entry < 0) {
        entry = flagged(entry);
        if (at < to) {
          found.at[count] = at;
          found.state[count++] = entry;
        }
      }
      state = entry;
    }
    found.count = count;
    found.at.subarray(first, count).reverse();
    found.state.subarray(first, count).reverse();
    return state;
  }

  /** @returns the state at `from` */
  #readLong(bytes: Uint8Array, from: number, to: number, share: number, found: Found): number {
    const lanes = this.#lanes;
    const ends = this.#ends;
    const text = bytes.subarray(from, to + this.#table.reachBytes);
    this.#text.set(text);
    const steps = share + this.#table.reachBytes;
    for (let lane = 0; lane < laneCount; lane++) {
      lanes[lane] = this.#table.start;
      lanes[laneCount + lane] = listsAt + lane * laneBytes * 4;
      ends[lane] = textAt + Math.min(text.length, steps + lane * share);
    }
    for (let left = steps; left > 0; ) {
      left = this.#walkOn(left, steps - left);
      if (left > 0) this.#stepOn(steps, left--);
    }
    for (let lane = 0; lane < laneCount; lane++) {
      const low = from + lane * share;
      this.#collect(lane, from + (ends[lane] ?? 0) - textAt - steps - 1, low, Math.min(to, low + share), found);
    }
    return lanes[0] ?? 0;
  }

  #walkOn(left: number, done: number): number {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = this.#ends;
    return this.#walk.walk(left, a - done, b - done, c - done, d - done, e - done, f - done, statesAt);
  }

  /** One step that the table had nothing for. */
  #stepOn(steps: number, left: number): void {
    const lanes = this.#lanes;
    for (const [lane, end] of this.#ends.entries()) {
      const entry = this.#table.entry(lanes[lane] ?? 0, this.#text[end - textAt - (steps - left) - 1] ?? 0);
      const state = entry < 0 ? flagged(entry) : entry;
      lanes[lane] = state;
      if (entry >= 0) continue;
      const listEnd = lanes[laneCount + lane] ?? 0;
      this.#lists[(listEnd - listsAt) >> 2] = (left << 16) | state;
      lanes[laneCount + lane] = listEnd + 4;
    }
  }

  /** What a lane found in [low, high): further to the right another one has. `base`: where it is with one byte left, less one. */
  #collect(lane: number, base: number, low: number, high: number, found: Found): void {
    const first = lane * laneBytes;
    let count = found.count;
    for (let index = ((this.#lanes[laneCount + lane] ?? 0) - listsAt) / 4 - 1; index >= first; index--) {
      const entry = this.#lists[index] ?? 0;
      const at = base + (entry >>> 16);
      if (at < low || at >= high) continue;
      found.at[count] = at;
      found.state[count++] = entry & 0xffff;
    }
    found.count = count;
  }
}
