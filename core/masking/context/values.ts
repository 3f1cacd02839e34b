/**
 * Follows the values of named members through JSON, byte by byte, arrays and objects under them included. It runs only while
 * such a value is open. Text that is no JSON after all can make a value end early or late, never depend on chunks.
 */
import { quoteByte } from '../look-alikes.ts';
import type { Member } from './naming.ts';

/** From `from` on, until the next part, values are those of `entities`. */
export interface Part {
  readonly from: number;
  readonly entities: ReadonlySet<string>;
}

/** A string that is the name of a person, by its key. */
export interface NameOfPerson {
  readonly from: number;
  /** undefined: it goes on. */
  readonly to: number | undefined;
}

interface Open {
  /** Brackets around the value. */
  readonly depth: number;
  readonly entities: ReadonlySet<string>;
}

export const noEntities: ReadonlySet<string> = new Set();
/** Of brackets further inside it is not known whether they are objects: keys there are taken for values. */
const maxDepth = 64;
/** As many stand in more strings than anybody nests, and fewer than a stream keeps of what it has released. */
const mostBackslashes = 63;

/** 1: a bracket, a colon, a comma, or what may be a quote. */
const structural = Uint8Array.from({ length: 256 }, (_, byte) =>
  '{}[]:,"\''.includes(String.fromCharCode(byte)) || byte === quoteByte ? 1 : 0,
);

export class Values {
  /** Ascending; what is before the first one belongs to nobody. */
  parts: Part[] = [];
  names: NameOfPerson[] = [];
  #open: Open[] = [];
  #at = 0;
  #depth = 0;
  #isObject: boolean[] = [];
  /** The next string is the key of a member. */
  #isKey = false;
  #inString = false;
  #quote = 0;
  #backslashes = 0;
  readonly #json: boolean;

  /** @param json the text is JSON: in its shadow a quote that is escaped looks otherwise (`quoteByte`) */
  constructor(json: boolean) {
    this.#json = json;
  }

  /** The value of `member` belongs to `entities`. Members come in the order of their values. @returns whether they have points there */
  enter(bytes: Uint8Array, member: Member, entities: ReadonlySet<string>): boolean {
    this.advance(bytes, member.start);
    const outer = this.#open.at(-1);
    if (outer === undefined) {
      this.#at = member.start;
      this.#depth = 0;
      this.#isObject = [];
      this.#isKey = false;
      this.#inString = false;
      this.#quote = member.quote;
      this.#backslashes = this.#escapesOf(member.quote, member.backslashes);
    } else if (entities.isSubsetOf(outer.entities)) return true;
    else if (this.#inString) return false;
    this.#open.push({ depth: this.#depth, entities: outer === undefined ? entities : outer.entities.union(entities) });
    this.#begin(member.start);
    return true;
  }

  /** Reads up to `to`. Most bytes of a value mean nothing for its structure. */
  advance(bytes: Uint8Array, to: number): void {
    let at = this.#at;
    for (; this.#open.length > 0 && at < to; at++) {
      const quote = this.#quote;
      if (this.#inString) while (at < to && bytes[at] !== quote && bytes[at] !== 0x22) at++;
      else while (at < to && structural[bytes[at] ?? 0] === 0) at++;
      if (at === to) break;
      const byte = bytes[at] ?? 0;
      this.#at = at;
      if (byte === quote || byte === 0x22) this.#readQuote(bytes, byte);
      else if (!this.#inString) this.#readStructure(byte);
    }
    if (this.#open.length > 0) this.#at = at;
  }

  /** The buffer will begin `by` bytes later. */
  slide(by: number): void {
    this.#at -= by;
    let gone = 0;
    while ((this.parts[gone + 1]?.from ?? Number.POSITIVE_INFINITY) <= by) gone++;
    this.parts = this.parts.slice(gone).map(({ from, entities }) => ({ from: from - by, entities }));
    this.names = this.names
      .filter(({ to }) => to === undefined || to > by)
      .map(({ from, to }) => ({ from: from - by, to: to === undefined ? undefined : to - by }));
  }

  #readQuote(bytes: Uint8Array, byte: number): void {
    const escapes = this.#escapesOf(byte, backslashesBefore(bytes, this.#at));
    const level = byte === this.#quote ? levelOf(escapes) - levelOf(this.#backslashes) : -1;
    if (level === 0) {
      this.#inString = !this.#inString;
      if (!this.#inString) this.#endString(this.#at - Math.min(escapes, this.#backslashes));
      else if (!this.#isKey && this.#open.at(-1)?.entities.has('person_name') === true)
        this.names.push({ from: this.#at + 1, to: undefined });
    } else if (level < 0) {
      // The string around ends, and with it all that is inside.
      this.#endName(this.#at);
      this.#endAll(Number.MIN_SAFE_INTEGER);
    }
  }

  /** Behind a backslash that is a character of the string, its quote is as good as any. */
  #escapesOf(quote: number, backslashes: number): number {
    return this.#json && quote === 0x22 ? 0 : backslashes;
  }

  #endString(to: number): void {
    this.#endName(to);
    if (!this.#isKey) this.#endAll(this.#depth);
  }

  #endName(to: number): void {
    const name = this.names.at(-1);
    if (name !== undefined && name.to === undefined) this.names[this.names.length - 1] = { from: name.from, to };
  }

  #readStructure(byte: number): void {
    const isObject = this.#isObject[this.#depth - 1] === true;
    if (byte === 0x7b || byte === 0x5b) {
      if (this.#depth < maxDepth) this.#isObject[this.#depth] = byte === 0x7b;
      this.#depth++;
      this.#isKey = byte === 0x7b && this.#depth <= maxDepth;
    } else if (byte === 0x7d || byte === 0x5d) {
      this.#depth--;
      this.#isKey = false;
      this.#endAll(this.#depth);
    } else if (byte === 0x3a) this.#isKey = false;
    else if (byte === 0x2c) {
      this.#isKey = isObject && this.#depth <= maxDepth;
      this.#endAll(this.#depth);
    }
  }

  /** Values inside so many brackets, or more, have ended. */
  #endAll(depth: number): void {
    const before = this.#open.length;
    while ((this.#open.at(-1)?.depth ?? Number.NEGATIVE_INFINITY) >= depth) this.#open.pop();
    if (this.#open.length < before) this.#begin(this.#at + 1);
  }

  #begin(from: number): void {
    const entities = this.#open.at(-1)?.entities ?? noEntities;
    if (this.parts.at(-1)?.from === from) this.parts.pop();
    this.parts.push({ from, entities });
  }
}

/**
 * In how many strings a quote stands: 0, 1, 3, 7 backslashes are in front of it, and two, four, eight, sixteen more for each
 * backslash that ends the string in it. The ones at the end of the binary number count.
 */
function levelOf(backslashes: number): number {
  return 31 - Math.clz32(~backslashes & (backslashes + 1));
}

function backslashesBefore(bytes: Uint8Array, at: number): number {
  let count = 0;
  while (count < mostBackslashes && bytes[at - 1 - count] === 0x5c) count++;
  return count;
}
