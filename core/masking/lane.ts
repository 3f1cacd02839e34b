/**
 * Masks text that arrives in pieces as JavaScript strings: a lane of an event stream, a header, a whole JSON string. Works on
 * UTF-16 units, so a surrogate pair cut in two survives.
 */
import { leftContextBytes, shadowOfUnit } from './characters.ts';
import type { Detector } from './detector.ts';
import { isHidden } from './hide.ts';
import type { Tally } from './tally.ts';
import { Window } from './window.ts';

export class Lane {
  readonly #window: Window;
  #context = '';
  #held = '';

  constructor(detector: Detector, tally: Tally) {
    this.#window = new Window(detector, tally);
  }

  /** Text that may be released now, masked. */
  push(text: string): string {
    return text === '' ? '' : this.#advance(text, false);
  }

  /** The held rest with the last text. Call once. */
  end(text: string): string {
    return this.#advance(text, true);
  }

  /** True when nothing waits: the end of the lane would add no text. */
  get isEmpty(): boolean {
    return this.#held === '';
  }

  #advance(text: string, final: boolean): string {
    const units = this.#context + this.#held + text;
    const base = this.#context.length;
    const shadow = new Uint8Array(units.length);
    for (let i = 0; i < units.length; i++) shadow[i] = shadowOfUnit(units.charCodeAt(i));
    const hold = this.#window.inspect(shadow, base, base + this.#held.length, final);
    const released = this.#render(units, shadow, base, hold);
    const kept = Math.max(0, hold - leftContextBytes);
    this.#context = units.slice(kept, hold);
    this.#held = units.slice(hold);
    this.#window.slide(kept, hold - kept);
    return released;
  }

  #render(units: string, shadow: Uint8Array, from: number, to: number): string {
    const spans = this.#window.spans;
    if (spans.length === 0) return units.slice(from, to);
    const hidden = new Uint8Array(to);
    for (const span of spans) {
      for (let at = Math.max(from, span.start); at < Math.min(to, span.hiddenEnd); at++) {
        if (isHidden(span, shadow[at] ?? 0)) hidden[at] = 1;
      }
    }
    let text = '';
    let copied = from;
    for (let at = hidden.indexOf(1, from); at >= 0; at = hidden.indexOf(1, copied)) {
      text += `${units.slice(copied, at)}*`;
      copied = at + 1;
    }
    return text + units.slice(copied, to);
  }
}

/** A whole text at once. */
export function maskWhole(detector: Detector, tally: Tally, text: string): string {
  return new Lane(detector, tally).end(text);
}
