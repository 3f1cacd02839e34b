/**
 * The shadow of a text: what the detector reads instead of the bytes on the wire, one byte for each character that people see.
 * Plain ASCII is its own shadow. Of anything else every disguise is taken off: characters beyond ASCII (look-alikes.ts), JSON
 * escapes, URL encoding, numeric HTML entities; pluses of queries: query.ts. What is not seen belongs to the character behind it.
 *
 * How a text is divided into units does not depend on chunks: each is decided from its own bytes, and one that a chunk cuts is
 * left for the next (`end`). All of them are short, so little is left.
 *
 * `\uXXXX` is decoded behind any number of backslashes, in text too: JSON inside JSON doubles them, and nobody writes
 * `\u0034` to mean anything but a 4. So is a backslash in front of punctuation that values hold: Markdown writes
 * `john\_doe@ex.org` and `123\-45\-6789`, and many JSON writers `\/`. Letter escapes (`\n`) are decoded only where JSON says so; elsewhere the recognizers
 * treat such a letter as an edge (`endsEscape`).
 */
import { backslash, readBackslashes } from './backslashes.ts';
import { looksLike, nothing, otherByte } from './look-alikes.ts';
import {
  codeOf,
  cut,
  lengthOf,
  type Point,
  point as packed,
  readEntity,
  readPercent,
  readUtf8,
} from './spelled-points.ts';

export class Shadow {
  /** Left context, then one byte for each unit. */
  readonly bytes: Uint8Array;
  /** Index behind the last byte of the source that has a unit. */
  readonly end: number;
  /** From unit `#units[i]` on, units lie in the source from `#starts[i]` on, one byte each, up to the next entry. */
  readonly #units: readonly number[];
  readonly #starts: readonly number[];

  constructor(bytes: Uint8Array, end: number, units: readonly number[], starts: readonly number[]) {
    this.bytes = bytes;
    this.end = end;
    this.#units = units;
    this.#starts = starts;
  }

  /** With bytes of its own. */
  copy(): Shadow {
    return new Shadow(this.bytes.slice(), this.end, this.#units, this.#starts);
  }

  /** Where the bytes of a unit begin in the source. A context before it has none. */
  at(unit: number): number {
    let low = 0;
    let high = this.#units.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#units[middle] ?? 0) <= unit) low = middle;
      else high = middle - 1;
    }
    return (this.#starts[low] ?? 0) + unit - (this.#units[low] ?? 0);
  }
}

/** 1: may be more than itself. */
const special = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 || byte === backslash || byte === 0x25 || byte === 0x26 ? 1 : 0,
);

/** Shorter runs are copied byte by byte: a view costs more. */
const shortestCopy = 64;

/** More of what is not seen in one place is seen as something: a text of nothing else must not be held for ever. */
const maxUnseen = 16;

/** Text whose every unit is a byte. */
const fromFront = [0] as const;
export const plainShadow = (bytes: Uint8Array): Shadow => new Shadow(bytes, bytes.length, fromFront, fromFront);

/** @param final nothing follows: what is cut stands for itself */
export function shadowOf(context: Uint8Array, source: Uint8Array, json: boolean, final: boolean): Shadow {
  return new ShadowBuilder(context, source, json, final).build();
}

class ShadowBuilder {
  readonly #source: Uint8Array;
  readonly #json: boolean;
  readonly #final: boolean;
  readonly #bytes: Uint8Array;
  readonly #contextBytes: number;
  #seen = 0;

  constructor(context: Uint8Array, source: Uint8Array, json: boolean, final: boolean) {
    this.#source = source;
    this.#json = json;
    this.#final = final;
    this.#bytes = new Uint8Array(context.length + source.length);
    this.#bytes.set(context);
    this.#contextBytes = context.length;
  }

  build(): Shadow {
    const source = this.#source;
    const bytes = this.#bytes;
    const units = [0];
    const starts = [-this.#contextBytes];
    let length = this.#contextBytes;
    let at = 0;
    while (at < source.length) {
      // What is short is copied while it is looked at; a call of `set` pays for itself only behind that.
      for (const inline = Math.min(source.length, at + shortestCopy); at < inline; at++) {
        const byte = source[at] ?? 0;
        if (special[byte] !== 0) break;
        bytes[length++] = byte;
      }
      if (at === source.length) break;
      if (special[source[at] ?? 0] === 0) {
        const end = endOfPlain(source, at);
        bytes.set(source.subarray(at, end), length);
        length += end - at;
        at = end;
        if (at === source.length) break;
      }
      const point = pointAt(source, at, this.#json, this.#final);
      let seen = point === cut ? nothing : looksLike(codeOf(point));
      let next = at + lengthOf(point);
      if (seen === nothing) {
        next = this.#withUnseen(at);
        if (next === at) break;
        seen = this.#seen;
      }
      bytes[length++] = seen;
      if (next - at > 1) {
        units.push(length);
        starts.push(next);
      }
      at = next;
    }
    return new Shadow(bytes.subarray(0, length), at, units, starts);
  }

  /** Index behind what begins at `from` with something that is not seen, all of it `#seen`; `from` when the rest has not come. */
  #withUnseen(from: number): number {
    let at = from;
    for (let unseen = 0; at < this.#source.length; unseen++) {
      const byte = this.#source[at] ?? 0;
      if (special[byte] === 0) return this.#see(byte, at + 1);
      const point = pointAt(this.#source, at, this.#json, this.#final);
      if (point === cut) return from;
      const seen = looksLike(codeOf(point));
      at += lengthOf(point);
      if (seen !== nothing) return this.#see(seen, at);
      if (unseen === maxUnseen) break;
    }
    const isDecided = this.#final || at < this.#source.length;
    return isDecided ? this.#see(otherByte, at) : from;
  }

  #see(byte: number, to: number): number {
    this.#seen = byte;
    return to;
  }
}

function endOfPlain(source: Uint8Array, from: number): number {
  let at = from;
  while (at < source.length && special[source[at] ?? 0] === 0) at++;
  return at;
}

/** The character that begins at `at` with a special byte. */
function pointAt(source: Uint8Array, at: number, json: boolean, final: boolean): Point {
  const byte = source[at] ?? 0;
  if (byte >= 0x80) return readUtf8(source, at);
  if (byte === backslash) return readBackslashes(source, at, json, final);
  return byte === 0x25 ? readPercent(source, at, final) : readEntity(source, at, final);
}

/** A whole text as people read it: disguises taken off, digits and look-alikes as ASCII, all else as it is. */
export function readable(source: Uint8Array, json: boolean): string {
  const shadow = shadowOf(new Uint8Array(0), source, json, true);
  let text = '';
  for (let unit = 0; unit < shadow.bytes.length; unit++) {
    const byte = shadow.bytes[unit] ?? 0;
    const isAscii = byte >= 0x20 && byte < 0x7f;
    text += isAscii
      ? String.fromCharCode(byte)
      : lastCharacter(source.subarray(shadow.at(unit), shadow.at(unit + 1)), json);
  }
  return text;
}

function lastCharacter(source: Uint8Array, json: boolean): string {
  let code = 0;
  for (let at = 0; at < source.length; ) {
    const byte = source[at] ?? 0;
    const point = special[byte] === 0 ? packed(byte, 1) : pointAt(source, at, json, true);
    code = codeOf(point);
    at += lengthOf(point);
  }
  return String.fromCodePoint(code);
}
