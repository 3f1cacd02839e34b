/** A phrase that was read, and what it says of the places behind it. */
import { isAlphanumeric, isLetter } from '../characters.ts';
import { letterByte, otherByte } from '../look-alikes.ts';
import type { Meaning } from './meanings.ts';
import { contextBytes, isBreak, isOfWord, speaksOtherwise } from './naming.ts';

/** How a place is bound to the phrase: as its name or label, as a word near it, or not at all. */
export type Bond = 'key' | 'context' | 'none';

const none = Number.MAX_SAFE_INTEGER;

export class Pointer {
  readonly meaning: Meaning;
  /** Behind the last letter of the phrase. */
  end: number;
  /** Behind the last place that it may point to. */
  to: number;
  /** Where the word ends that the phrase begins; unknown until a place behind it is asked for. */
  #wordEnd = none;
  /** What lies in [#wordEnd, #readTo) is known: a label's colon without a word behind it, a word, a break. */
  #readTo = 0;
  #hasWord = false;
  #isLabel = false;
  /** Nothing from here on is bound to it. */
  #cut = none;

  constructor(meaning: Meaning, end: number) {
    this.meaning = meaning;
    this.end = end;
    this.to = end + contextBytes + 1;
  }

  /** Places are asked for in ascending order, so that nothing between is read twice. */
  bondTo(bytes: Uint8Array, at: number): Bond {
    if (this.#wordEnd === none) {
      let name = this.end;
      while (name < at && isOfWord(bytes[name])) name++;
      // `ssn123456789`: what is glued to a label is its value.
      if (name === at) return at === this.end || !isLetter(bytes[this.end]) ? 'key' : 'none';
      this.#wordEnd = name;
      this.#readTo = name;
      if (name > this.end && speaksOtherwise(bytes, this.end, name)) this.#cut = name;
    }
    if (this.#cut > at) this.#readOn(bytes, at);
    if (this.#cut <= at) return 'none';
    return !this.#hasWord && (this.#isLabel || at - this.#wordEnd <= 3) ? 'key' : 'context';
  }

  slide(by: number): void {
    this.end -= by;
    this.to -= by;
    this.#readTo -= by;
    if (this.#wordEnd !== none) this.#wordEnd -= by;
    if (this.#cut !== none) this.#cut -= by;
  }

  #readOn(bytes: Uint8Array, at: number): void {
    for (; this.#readTo < at; this.#readTo++) {
      const byte = bytes[this.#readTo] ?? 0;
      if (isBreak(bytes, this.#readTo, at)) {
        this.#cut = this.#readTo;
        return;
      }
      if (byte === 0x3a || byte === 0x3d || byte === 0x23 || byte === 0x3e) {
        this.#isLabel = true;
        this.#hasWord = false;
      } else if (isAlphanumeric(byte) || byte === letterByte || byte === otherByte) this.#hasWord = true;
    }
  }
}
