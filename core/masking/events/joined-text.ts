/**
 * A text that some client joins from pieces of several lanes, or of a part of one: the first choice of each event, whatever its
 * index; all choices, whatever their place; what comes under one type, name or id. A server that is not honest cuts a value where
 * lanes part and such a client does not. So what goes out is read once more as each of these texts, at the seams: where a piece
 * follows one that its lane did not say, right before it, in the same place.
 *
 * On the way of a text through an honest stream there is no seam, and nothing of this is done (`isMixed`).
 */
import { maskAll } from '../action.ts';
import { leftContextBytes } from '../characters.ts';
import type { Hint } from '../context/hint.ts';
import type { Detector } from '../detector.ts';
import { blotText } from '../hide.ts';
import { endOfValue, Lane } from '../lane.ts';
import { Tally } from '../tally.ts';

/** Where a lane is said: all by which a client could tell this piece from others. */
export interface Place {
  readonly said: Said;
  readonly joined: readonly JoinedText[];
  /** One of them has text of another place. */
  isMixed: boolean;
}

/** What a lane has let out, whether it has ended or not. */
export class Said {
  readonly key: string;
  readonly json: boolean;
  readonly hint: Hint | undefined;
  /** Its end. */
  tail = '';
  /** Where the lane was said first, and where it was said last. */
  first: Place | undefined;
  last: Place | undefined;

  constructor(key: string, json: boolean, hint: Hint | undefined) {
    this.key = key;
    this.json = json;
    this.hint = hint;
  }

  /** What may go out of `text`, which the lane lets out. */
  pass(place: Place, text: string): string {
    let passed = text;
    if (place.isMixed) for (const joined of place.joined) if (joined.isMixed) passed = joined.pass(place, passed);
    this.last = place;
    this.tail = tailOf(this.tail + text);
    return passed;
  }
}

/** Longer than what a value is told by, its beginning included; a longer one has been seen to begin. */
const tailChars = 128;
const maxTailChars = 192;

/** Longer texts keep their end. */
const tailOf = (text: string): string => (text.length > maxTailChars ? text.slice(-tailChars) : text);

export class JoinedText {
  /** Text of more than one place was said. Until then it is the text of the lane of `first`. */
  isMixed = false;
  readonly first: Place;
  readonly #seams: Seams;
  #tail = '';
  #last: Place;
  #behindSeam = Number.POSITIVE_INFINITY;
  /** A value may have begun in front of a seam: nothing is legible until one cannot go on. */
  #isBlind = false;

  constructor(seams: Seams, first: Place) {
    this.#seams = seams;
    this.first = first;
    this.#last = first;
  }

  mix(tail: string): void {
    if (this.isMixed) return;
    this.isMixed = true;
    this.first.isMixed = true;
    this.#tail = tail;
  }

  /** What may go out of `text`, which its lane would let out. */
  pass(place: Place, text: string): string {
    if (this.#last !== place || place.said.last !== place) {
      this.#last = place;
      this.#behindSeam = 0;
    }
    const passed = this.#isJoined(place, text) ? this.#blot(text) : text;
    this.#behindSeam += text.length;
    this.#tail = tailOf(this.#tail + passed);
    return passed;
  }

  #isJoined({ said }: Place, text: string): boolean {
    if (this.#isBlind) return true;
    // Further behind a seam, nothing that stood in front of it says what a value is.
    return this.#behindSeam < leftContextBytes && this.#seams.hide(this.#tail, text, said);
  }

  #blot(text: string): string {
    const end = endOfValue(text);
    this.#isBlind = end < 0;
    return end < 0 ? blotText(text) : blotText(text.slice(0, end)) + text.slice(end);
  }
}

/** Whether two texts hold a value together that they do not hold apart. */
export class Seams {
  readonly #detector: Detector;
  readonly #tally: Tally;
  #last: { readonly tail: string; readonly text: string; readonly hides: boolean } | undefined;

  constructor(detector: Detector, tally: Tally) {
    this.#detector = { ...detector, treatmentOf: (entity) => starred(detector.treatmentOf(entity).kind) };
    this.#tally = tally;
  }

  hide(tail: string, text: string, said: Said): boolean {
    // All places are joined alike as long as there is one choice in each event.
    if (this.#last?.tail !== tail || this.#last.text !== text) {
      this.#last = { tail, text, hides: this.#compare(tail, text, said) };
      if (this.#last.hides) this.#tally.fault('sse_text_over_lanes');
    }
    return this.#last.hides;
  }

  #compare(tail: string, text: string, said: Said): boolean {
    const whole = tail + text;
    const lane = this.#lane(said);
    const released = lane.push(whole);
    const masked = released + lane.end('');
    if (goesOnOver(tail.slice(released.length), text)) return true;
    if (masked === whole) return false;
    const own = this.#lane(said).end(said.tail);
    const inLane = this.#lane(said).end(said.tail + text);
    return !inLane.startsWith(own) || masked !== this.#lane(said).end(tail) + inLane.slice(own.length);
  }

  #lane({ json, hint }: Said): Lane {
    return new Lane(this.#detector, new Tally(), false, json, hint);
  }
}

/** More digits than may be read of a value before it is known to be one. */
const maxDigits = 5;
const digit = /\p{N}/gu;
const digitsIn = (text: string): number => text.match(digit)?.length ?? 0;

/** Whether what began in front of a seam, and may go on behind it, has too much of a value already. Words alone may be anything. */
function goesOnOver(begun: string, text: string): boolean {
  if (begun.includes('@')) return true;
  const [before, behind] = [digitsIn(begun), digitsIn(text)];
  return before > 0 && behind > 0 && before + behind > maxDigits;
}

const keep = { kind: 'keep' } as const;
const starred = (kind: string): typeof keep | typeof maskAll => (kind === 'keep' ? keep : maskAll);
