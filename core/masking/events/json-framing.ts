/**
 * Cuts a body into JSON values: one object a line, objects one after the other, the elements of one list that is sent bit by bit,
 * or a single document. Works on bytes, since every byte that matters here is ASCII; says nothing of what a value holds.
 */
import { joined } from '../../bytes.ts';

export interface JsonPiece {
  /** `close`: the end of the list. `between`: blanks, commas and brackets, or what is no JSON. */
  readonly kind: 'value' | 'between' | 'close';
  readonly bytes: Uint8Array;
}

const quote = 0x22;
const backslash = 0x5c;
const openList = 0x5b;
const closeList = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

export class JsonFraming {
  readonly #maxBytes: number;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  /** Open brackets of the value at hand; 0 between values. */
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #inList = false;
  #hasBegun = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The value that is not complete yet, as far as it came. */
  get unfinished(): readonly Uint8Array[] {
    return this.#kept;
  }

  get isIncomplete(): boolean {
    return this.#depth > 0 || this.#inString;
  }

  /** Complete pieces of this chunk, in order. `tooLong`: the value behind them is longer than the limit; `unfinished` has it. */
  push(chunk: Uint8Array): { readonly pieces: readonly JsonPiece[]; readonly rest: number; readonly tooLong: boolean } {
    const pieces: JsonPiece[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (this.#depth === 0 && !this.#inString) {
        const between = this.#between(byte);
        if (between === 'value') {
          if (at > from) pieces.push({ kind: 'between', bytes: chunk.subarray(from, at) });
          from = at;
          continue;
        }
        if (between === 'close') {
          if (at > from) pieces.push({ kind: 'between', bytes: chunk.subarray(from, at) });
          pieces.push({ kind: 'close', bytes: chunk.subarray(at, at + 1) });
          from = at + 1;
        }
        continue;
      }
      if (!this.#endsValue(byte)) continue;
      if (this.#keptBytes + at + 1 - from > this.#maxBytes) return { pieces, rest: from, tooLong: true };
      pieces.push({ kind: 'value', bytes: this.#take(chunk.subarray(from, at + 1)) });
      from = at + 1;
    }
    if (from === chunk.length) return { pieces, rest: from, tooLong: false };
    if (this.#depth === 0 && !this.#inString) {
      pieces.push({ kind: 'between', bytes: chunk.subarray(from) });
      return { pieces, rest: chunk.length, tooLong: false };
    }
    if (this.#keptBytes + chunk.length - from > this.#maxBytes) return { pieces, rest: from, tooLong: true };
    this.#kept.push(chunk.slice(from));
    this.#keptBytes += chunk.length - from;
    return { pieces, rest: chunk.length, tooLong: false };
  }

  #between(byte: number): JsonPiece['kind'] {
    if (byte === closeList && this.#inList) {
      this.#inList = false;
      return 'close';
    }
    if (byte === openList && !this.#hasBegun) {
      this.#hasBegun = true;
      this.#inList = true;
      return 'between';
    }
    if (byte !== openObject && byte !== openList && byte !== quote) return 'between';
    this.#hasBegun = true;
    if (byte === quote) this.#inString = true;
    else this.#depth = 1;
    return 'value';
  }

  #endsValue(byte: number): boolean {
    if (this.#inString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === backslash) this.#isEscaped = true;
      else if (byte === quote) {
        this.#inString = false;
        return this.#depth === 0;
      }
      return false;
    }
    if (byte === quote) this.#inString = true;
    else if (byte === openObject || byte === openList) this.#depth++;
    else if (byte === closeObject || byte === closeList) {
      this.#depth--;
      return this.#depth === 0;
    }
    return false;
  }

  #take(last: Uint8Array): Uint8Array {
    if (this.#keptBytes === 0) return last;
    const value = joined([...this.#kept, last]);
    this.#kept = [];
    this.#keptBytes = 0;
    return value;
  }
}
