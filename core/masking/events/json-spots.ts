/**
 * Where the strings and numbers of a JSON text stand, so that single values can be replaced and every other byte stays. The
 * text must be valid JSON already (JSON.parse has read it); this only finds positions.
 */
import { endOfString, stringOf } from '../json-string.ts';

export type PathStep = string | number;

export interface Spot {
  readonly kind: 'string' | 'key' | 'number';
  /** Of the value; of the member, for a key. */
  readonly path: readonly PathStep[];
  /** [start, end) in the text, quotes included. */
  readonly start: number;
  readonly end: number;
}

export interface Spots {
  /** Without the numbers in lists that are no value under any name. */
  readonly values: readonly Spot[];
  /** Whole values of members that `isDropped`, unless nothing is in them. Nothing inside them is in `values`. */
  readonly dropped: readonly { readonly start: number; readonly end: number }[];
}

type IsDropped = (path: readonly PathStep[]) => boolean;

/** Shorter numbers are counts and times, unless their name says that they are a value. */
export const shortestNumber = 12;
const couldBeNamed = /^\d{6,}$/;

/** Deeper events are not read. */
export const maxEventDepth = 64;

/** undefined: nested deeper than `maxEventDepth`, or with two equal keys in one object, where readers would differ. */
export function findSpots(text: string, isDropped: IsDropped): Spots | undefined {
  const finder = new Finder(text, isDropped);
  return finder.value(0, []) === undefined ? undefined : finder.spots;
}

class Finder {
  readonly #text: string;
  readonly #isDropped: IsDropped;
  readonly #values: Spot[] = [];
  readonly #dropped: { readonly start: number; readonly end: number }[] = [];
  #isDropping = false;

  constructor(text: string, isDropped: IsDropped) {
    this.#text = text;
    this.#isDropped = isDropped;
  }

  get spots(): Spots {
    return { values: this.#values, dropped: this.#dropped };
  }

  /** Index behind the value that begins at or after `from`; undefined when it is too deep. */
  value(from: number, path: readonly PathStep[]): number | undefined {
    const start = this.#skipBlanks(from);
    const first = this.#text[start];
    if (first === '"') return this.#leaf('string', start, endOfString(this.#text, start), path);
    if (first === '{' || first === '[') return path.length < maxEventDepth ? this.#container(start, path) : undefined;
    const end = this.#endOfLiteral(start);
    return first === 't' || first === 'f' || first === 'n' ? end : this.#leaf('number', start, end, path);
  }

  #container(start: number, path: readonly PathStep[]): number | undefined {
    const isObject = this.#text[start] === '{';
    const close = isObject ? '}' : ']';
    let at = this.#skipBlanks(start + 1);
    if (this.#text[at] === close) return at + 1;
    const keys = new Set<string>();
    for (let index = 0; ; index++) {
      const end = isObject ? this.#member(at, path, keys) : this.#element(at, path, index);
      if (end === undefined) return undefined;
      at = this.#skipBlanks(end);
      if (this.#text[at] === close) return at + 1;
      at = this.#skipBlanks(at + 1);
    }
  }

  /** Vectors and token ids are thousands of numbers that are no value under any name. */
  #element(start: number, path: readonly PathStep[], index: number): number | undefined {
    const first = this.#text.charCodeAt(start);
    if (first === 0x2d || (first >= 0x30 && first <= 0x39)) {
      const end = this.#endOfLiteral(start);
      if (end - start < shortestNumber && !couldBeNamed.test(this.#text.slice(start, end))) return end;
    }
    return this.value(start, [...path, index]);
  }

  #member(start: number, path: readonly PathStep[], keys: Set<string>): number | undefined {
    const keyEnd = endOfString(this.#text, start);
    const key = decodeString(this.#text, start, keyEnd);
    if (keys.has(key)) return undefined;
    keys.add(key);
    const member = [...path, key];
    this.#leaf('key', start, keyEnd, member);
    const value = this.#skipBlanks(this.#skipBlanks(keyEnd) + 1);
    if (this.#isDropping || !this.#isDropped(member) || this.#holdsNothing(value)) return this.value(value, member);
    this.#isDropping = true;
    const end = this.value(value, member);
    this.#isDropping = false;
    if (end !== undefined) this.#dropped.push({ start: value, end });
    return end;
  }

  /** null, or an empty list, which some clients need to find a list. */
  #holdsNothing(start: number): boolean {
    if (this.#text[start] !== '[') return this.#text[start] === 'n';
    return this.#text[this.#skipBlanks(start + 1)] === ']';
  }

  #leaf(kind: Spot['kind'], start: number, end: number, path: readonly PathStep[]): number {
    if (!this.#isDropping) this.#values.push({ kind, path, start, end });
    return end;
  }

  #skipBlanks(from: number): number {
    let at = from;
    while (' \t\n\r'.includes(this.#text[at] ?? 'x')) at++;
    return at;
  }

  #endOfLiteral(from: number): number {
    let at = from;
    while (at < this.#text.length && !',]} \t\n\r'.includes(this.#text[at] ?? ',')) at++;
    return at;
  }
}

/** The value of the string literal text[start, end). */
export const decodeString = (text: string, start: number, end: number): string =>
  stringOf(text.slice(start, end)) ?? '';

export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with its edits, which do not overlap, put in. */
export function splice(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}
