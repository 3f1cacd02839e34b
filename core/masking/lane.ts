/**
 * Masks text that arrives in pieces as JavaScript strings: a lane of an event stream, a header, a whole JSON string. Works on
 * UTF-16 units, so a surrogate pair cut in two survives.
 */
import { leftContextBytes, shadowOfUnit } from './characters.ts';
import { Covers, type Sheet, writeCovered } from './covers.ts';
import type { Detector } from './detector.ts';
import { blotText } from './hide.ts';
import { decodeEscapes, type Shadow } from './shadow.ts';
import type { Tally } from './tally.ts';
import { Window } from './window.ts';

const empty = new Uint8Array(0);

/** No value holds one of these: behind it, what was flushed before cannot go on. */
const breaks = /[\n\r\t,:;"<>[\]{}|=?&]/;

export class Lane {
  readonly #window: Window;
  readonly #covers: Covers;
  readonly #tally: Tally;
  /** Shadow of what was released last, for left edges. */
  #context: Uint8Array = empty;
  #held = '';
  #heldUnits = 0;
  /** The text goes on although its rest was flushed: its beginning may complete what is out already. */
  #isResumed: boolean;

  /** `json`: bare numbers in it stay numbers. */
  constructor(detector: Detector, tally: Tally, isResumed = false, json = false) {
    this.#covers = new Covers(detector.treatmentOf, json);
    this.#window = new Window(detector, tally);
    this.#tally = tally;
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
    const end = text.search(breaks);
    if (end < 0) return text.length;
    this.#isResumed = false;
    return end;
  }

  #advance(text: string, final: boolean): string {
    if (this.#tally.blocked !== undefined) return '';
    const pending = this.#held + text;
    const base = this.#context.length;
    const shadow = shadowOfText(this.#context, pending, final);
    const hold = this.#window.inspect(shadow.bytes, base, base + this.#heldUnits, final);
    const { blocked } = this.#window;
    const to = blocked?.start ?? hold;
    const released = this.#render(pending, shadow, base, to);
    if (blocked !== undefined) this.#tally.block(blocked.entity);
    this.#context = shadow.bytes.slice(Math.max(0, to - leftContextBytes), to);
    this.#held = pending.slice((shadow.offsets?.[to] ?? to) - base);
    this.#heldUnits = shadow.bytes.length - to;
    this.#window.slide(to - this.#context.length);
    this.#covers.slide(to - this.#context.length, this.#context.length);
    return released;
  }

  /** The units [from, to) of the shadow as text, with what was found written over. */
  #render(pending: string, shadow: Shadow, from: number, to: number): string {
    const at = (unit: number): number => (shadow.offsets?.[unit] ?? unit) - from;
    const covers = this.#covers.decide(this.#window.spans, shadow.bytes, to, (start, end) =>
      pending.slice(at(start), at(end)),
    );
    if (covers.length === 0) return pending.slice(0, at(to));
    const sheet = new TextSheet(pending, at);
    writeCovered(covers, shadow.bytes, from, to, sheet);
    return sheet.written;
  }
}

/** One byte for each UTF-16 unit; with a backslash, one for each escape (JSON inside a tool's arguments, a log line). */
export function shadowOfText(context: Uint8Array, text: string, final: boolean): Shadow {
  const base = context.length;
  const bytes = new Uint8Array(base + text.length);
  bytes.set(context);
  for (let i = 0; i < text.length; i++) bytes[base + i] = shadowOfUnit(text.charCodeAt(i));
  return text.includes('\\') ? decodeEscapes(bytes, base, bytes.length, false, final) : { bytes, offsets: undefined };
}

class TextSheet implements Sheet {
  written = '';
  readonly #pending: string;
  readonly #at: (unit: number) => number;

  constructor(pending: string, at: (unit: number) => number) {
    this.#pending = pending;
    this.#at = at;
  }
  copy(start: number, end: number): void {
    this.written += this.#pending.slice(this.#at(start), this.#at(end));
  }
  fill(byte: number): void {
    this.written += String.fromCharCode(byte);
  }
  text(text: string): void {
    this.written += text;
  }
}

/** A whole text at once. Most strings of an event are names: they are passed without a search. */
export function maskWhole(detector: Detector, tally: Tally, text: string): string {
  if (!holdsDigitOrAt(text)) return text;
  return new Lane(detector, tally).end(text);
}

/** A bare JSON number: it stays one. */
export const maskNumber = (detector: Detector, tally: Tally, digits: string): string =>
  new Lane(detector, tally, false, true).end(digits);

/** Every head has one of them (`Recognizer.head`), and every escape of a character has digits. */
function holdsDigitOrAt(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if ((unit >= 0x30 && unit <= 0x39) || unit === 0x40 || unit === 0x5c) return true;
  }
  return false;
}
