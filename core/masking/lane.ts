/**
 * Masks text that arrives in pieces as JavaScript strings: a lane of an event stream, a header, a whole JSON string. A surrogate
 * pair may be cut in two.
 */
import type { Hint } from './context/hint.ts';
import type { Detector } from './detector.ts';
import { blotText } from './hide.ts';
import type { Tally } from './tally.ts';
import { TextMasker } from './text-masker.ts';

/** No value holds one of these, while dates have commas and addresses of machines colons: behind it, nothing flushed goes on. */
const breaks = /[\n\r\t"<>[\]{}]/;

/** Up to there a value that began before may go on; -1: all of it may. */
export const endOfValue = (text: string): number => text.search(breaks);

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class Lane {
  readonly #detector: Detector;
  readonly #tally: Tally;
  readonly #text: TextMasker;
  /** The first half of a character outside the basic plane. */
  #half = '';
  /** The text goes on although its rest was flushed: its beginning may complete what is out already. */
  #isResumed: boolean;

  /** `json`: its text is JSON, which it stays: bare numbers are numbers, escapes are not taken apart. `hint`: the text is a value whose name was given elsewhere (`Detector.hintOf`). */
  constructor(detector: Detector, tally: Tally, isResumed = false, json = false, hint?: Hint) {
    this.#detector = detector;
    this.#tally = tally;
    this.#text = new TextMasker(detector, tally, json, hint);
    this.#isResumed = isResumed;
  }

  /** Text that may be released now, masked. */
  push(text: string): string {
    const start = this.#endOfResumed(text);
    const rest = text.slice(start);
    return blotText(text.slice(0, start)) + (rest === '' ? '' : this.#advance(rest, false));
  }

  /** The held rest with the last text. Call once. */
  end(text: string): string {
    const start = this.#endOfResumed(text);
    return blotText(text.slice(0, start)) + this.#advance(text.slice(start), true);
  }

  /** Up to there nothing of `text` may be legible. */
  #endOfResumed(text: string): number {
    if (!this.#isResumed || text === '') return 0;
    this.#tally.fault('sse_text_after_finish');
    const end = endOfValue(text);
    if (end < 0) return text.length;
    this.#isResumed = false;
    return end;
  }

  #advance(text: string, final: boolean): string {
    let whole = this.#half + text;
    this.#half = '';
    if (!final && isHighSurrogate(whole.charCodeAt(whole.length - 1))) {
      this.#half = whole.slice(-1);
      whole = whole.slice(0, -1);
    }
    const bytes = encoder.encode(whole);
    const output = this.#text.push(bytes, this.#detector.scan.isPlain(bytes), final);
    return decoder.decode(output);
  }
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/** A whole text at once. Most strings of an event are names: they are passed without a search. */
export function maskWhole(detector: Detector, tally: Tally, text: string, hint?: Hint, json = false): string {
  if (hint === undefined && !mayHoldValue(text)) return text;
  return new Lane(detector, tally, false, json, hint).end(text);
}

/** A bare JSON number: it stays one. */
export const maskNumber = (detector: Detector, tally: Tally, digits: string, hint?: Hint): string =>
  new Lane(detector, tally, false, true, hint).end(digits);

/** Shorter than any word for a value with a value of letters behind it (`BIC DEUTDEFF`), or with the name of a person. */
const shortestOfLetters = 10;

/** Values have a digit or an `@`, or a disguise of one of these; or they are letters behind a word for them. */
function mayHoldValue(text: string): boolean {
  if (text.length >= shortestOfLetters) return true;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if ((unit >= 0x30 && unit <= 0x39) || unit === 0x40 || unit === 0x5c || unit === 0x25 || unit >= 0x80) return true;
  }
  return false;
}
