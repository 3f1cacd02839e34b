/**
 * Runs a table over a text. A table that is asked byte after byte spends its time waiting for the last answer; so a text is read
 * in six places at once, each a little further to the right than it has to be, until its state is the true one.
 */
import { type Table, unknown } from './table.ts';

type States = Pick<Table<never, never>, 'next' | 'start' | 'reachBytes' | 'makeRoom' | 'entry'>;

/** Indices where something begins, ascending, and with which state. */
export interface Found {
  count: number;
  readonly at: Int32Array;
  readonly state: Int16Array;
}

/** So much is read at a time: no more states are made on the way than the table has room for. */
export const blockBytes = 16384;

export const noneFound = (): Found => ({
  count: 0,
  at: new Int32Array(blockBytes + 1),
  state: new Int16Array(blockBytes + 1),
});

/** In front of a text stands, for all patterns, the end of a line. */
const lineEnd = 0x0a;

/** A share of a block: what was found in [from, to), descending. */
class Lane {
  from = 0;
  to = 0;
  count = 0;
  readonly #at = new Int32Array(laneBytes);
  readonly #state = new Int16Array(laneBytes);

  begin(from: number, to: number): void {
    this.from = from;
    this.to = to;
    this.count = 0;
  }

  /** Further to the right another lane has found it. */
  add(at: number, state: number): void {
    if (at < this.from || at >= this.to) return;
    this.#at[this.count] = at;
    this.#state[this.count++] = state;
  }

  moveTo(found: Found): void {
    let count = found.count;
    for (let index = this.count - 1; index >= 0; index--, count++) {
      found.at[count] = this.#at[index] ?? 0;
      found.state[count] = this.#state[index] ?? 0;
    }
    found.count = count;
  }
}
const laneCount = 6;
const laneBytes = Math.ceil(blockBytes / laneCount);

export class Scan {
  readonly #table: States;
  readonly #lanes = [new Lane(), new Lane(), new Lane(), new Lane(), new Lane(), new Lane()] as const;

  constructor(table: States) {
    this.#table = table;
  }

  /**
   * Where something begins in [from, to), `blockBytes` at most. Bytes are ASCII; those behind `to` are looked at too.
   *
   * @param isFront `from` is the front of the text: then also what begins in front of it, at `from - 1`
   */
  read(bytes: Uint8Array, from: number, to: number, isFront: boolean, found: Found): void {
    const { reachBytes } = this.#table;
    this.#table.makeRoom(to - from + laneCount * reachBytes);
    const share = Math.ceil((to - from) / laneCount);
    const isShort = share <= reachBytes;
    for (const [index, lane] of this.#lanes.entries())
      lane.begin(
        isShort ? (index === 0 ? from : to) : Math.min(to, from + index * share),
        isShort ? to : Math.min(to, from + (index + 1) * share),
      );
    const state = isShort ? this.#readShort(bytes, from, to) : this.#readLong(bytes, from, share);
    found.count = 0;
    if (isFront) this.#readFront(state, from - 1, found);
    for (const lane of this.#lanes) lane.moveTo(found);
  }

  #readFront(state: number, at: number, found: Found): void {
    const entry = this.#table.entry(state, lineEnd);
    if (entry >= 0) return;
    found.at[0] = at;
    found.state[0] = -2 - entry;
    found.count = 1;
  }

  /** @returns the state at `from` */
  #readShort(bytes: Uint8Array, from: number, to: number): number {
    const [lane] = this.#lanes;
    const table = this.#table;
    let { next } = table;
    let state = table.start;
    for (let at = Math.min(bytes.length, to + table.reachBytes) - 1; at >= from; at--) {
      const byte = bytes[at] ?? 0;
      const entry = next[(state << 7) | byte] ?? unknown;
      if (entry < 0) {
        state = this.#meet(lane, state, byte, at);
        next = table.next;
      } else state = entry;
    }
    return state;
  }

  /** @returns the state at `from` */
  #readLong(bytes: Uint8Array, from: number, share: number): number {
    const [ofA, ofB, ofC, ofD, ofE, ofF] = this.#lanes;
    const table = this.#table;
    const start = from + share + table.reachBytes - 1;
    const last = bytes.length - 1;
    const toB = Math.min(last, start + share) - start;
    const toC = Math.min(last, start + 2 * share) - start;
    const toD = Math.min(last, start + 3 * share) - start;
    const toE = Math.min(last, start + 4 * share) - start;
    const toF = Math.min(last, start + 5 * share) - start;
    let { next } = table;
    let [a, b, c, d, e, f] = [table.start, table.start, table.start, table.start, table.start, table.start];
    for (let at = start; at >= from; at--) {
      const byteA = bytes[at] ?? 0;
      const byteB = bytes[at + toB] ?? 0;
      const byteC = bytes[at + toC] ?? 0;
      const byteD = bytes[at + toD] ?? 0;
      const byteE = bytes[at + toE] ?? 0;
      const byteF = bytes[at + toF] ?? 0;
      let nextA = next[(a << 7) | byteA] ?? unknown;
      let nextB = next[(b << 7) | byteB] ?? unknown;
      let nextC = next[(c << 7) | byteC] ?? unknown;
      let nextD = next[(d << 7) | byteD] ?? unknown;
      let nextE = next[(e << 7) | byteE] ?? unknown;
      let nextF = next[(f << 7) | byteF] ?? unknown;
      if ((nextA | nextB | nextC | nextD | nextE | nextF) < 0) {
        if (nextA < 0) nextA = this.#meet(ofA, a, byteA, at);
        if (nextB < 0) nextB = this.#meet(ofB, b, byteB, at + toB);
        if (nextC < 0) nextC = this.#meet(ofC, c, byteC, at + toC);
        if (nextD < 0) nextD = this.#meet(ofD, d, byteD, at + toD);
        if (nextE < 0) nextE = this.#meet(ofE, e, byteE, at + toE);
        if (nextF < 0) nextF = this.#meet(ofF, f, byteF, at + toF);
        next = table.next;
      }
      a = nextA;
      b = nextB;
      c = nextC;
      d = nextD;
      e = nextE;
      f = nextF;
    }
    return a;
  }

  /** A state that nobody has been in from here, or one in which something begins. */
  #meet(lane: Lane, state: number, byte: number, at: number): number {
    const entry = this.#table.entry(state, byte);
    if (entry >= 0) return entry;
    lane.add(at, -2 - entry);
    return -2 - entry;
  }
}
