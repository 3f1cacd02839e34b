/**
 * Masks text that arrives in pieces as JavaScript strings: a lane of an event stream, a header, a whole JSON string. Works on
 * UTF-16 units, so a surrogate pair cut in two survives.
 */
import { leftContextBytes, shadowOfUnit } from './characters.ts';
import type { Detector } from './detector.ts';
import { blotText, isHidden, star } from './hide.ts';
import { decodeEscapes, type Shadow } from './shadow.ts';
import type { Tally } from './tally.ts';
import { Window } from './window.ts';

const empty = new Uint8Array(0);

/** No value holds one of these: behind it, what was flushed before cannot go on. */
const breaks = /[\n\r\t,:;"<>[\]{}|=?&]/;

export class Lane {
  readonly #window: Window;
  readonly #tally: Tally;
  /** Shadow of what was released last, for left edges. */
  #context: Uint8Array = empty;
  #held = '';
  #heldUnits = 0;
  /** The text goes on although its rest was flushed: its beginning may complete what is out already. */
  #isResumed: boolean;

  constructor(detector: Detector, tally: Tally, isResumed = false) {
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
    const pending = this.#held + text;
    const base = this.#context.length;
    const shadow = this.#shadow(pending, final);
    const hold = this.#window.inspect(shadow.bytes, base, base + this.#heldUnits, final);
    const to = (shadow.offsets?.[hold] ?? hold) - base;
    const released = this.#render(pending, shadow, base, hold);
    this.#context = shadow.bytes.slice(Math.max(0, hold - leftContextBytes), hold);
    this.#held = pending.slice(to);
    this.#heldUnits = shadow.bytes.length - hold;
    this.#window.slide(hold - this.#context.length, this.#context.length);
    return released;
  }

  /** One byte for each UTF-16 unit; with a backslash, one for each escape (JSON inside a tool's arguments, a log line). */
  #shadow(pending: string, final: boolean): Shadow {
    const base = this.#context.length;
    const bytes = new Uint8Array(base + pending.length);
    bytes.set(this.#context);
    for (let i = 0; i < pending.length; i++) bytes[base + i] = shadowOfUnit(pending.charCodeAt(i));
    return pending.includes('\\')
      ? decodeEscapes(bytes, base, bytes.length, false, final)
      : { bytes, offsets: undefined };
  }

  /** The units [from, to) of the shadow as text; a hidden one becomes one star. */
  #render(pending: string, shadow: Shadow, from: number, to: number): string {
    const at = (unit: number): number => (shadow.offsets?.[unit] ?? unit) - from;
    const { spans } = this.#window;
    if (spans.length === 0) return pending.slice(0, at(to));
    const hidden = new Uint8Array(to);
    for (const span of spans) {
      for (let unit = Math.max(from, span.start); unit < Math.min(to, span.hiddenEnd); unit++) {
        if (isHidden(span, shadow.bytes[unit] ?? 0)) hidden[unit] = 1;
      }
    }
    let text = '';
    let copied = from;
    for (let unit = hidden.indexOf(1, from); unit >= 0; unit = hidden.indexOf(1, copied)) {
      text += pending.slice(at(copied), at(unit)) + String.fromCharCode(star);
      copied = unit + 1;
    }
    return text + pending.slice(at(copied), at(to));
  }
}

/** A whole text at once. Most strings of an event are names: they are passed without a search. */
export function maskWhole(detector: Detector, tally: Tally, text: string): string {
  if (!holdsDigitOrAt(text)) return text;
  return new Lane(detector, tally).end(text);
}

/** Every head has one of them (`Recognizer.head`), and every escape of a character has digits. */
function holdsDigitOrAt(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if ((unit >= 0x30 && unit <= 0x39) || unit === 0x40 || unit === 0x5c) return true;
  }
  return false;
}
