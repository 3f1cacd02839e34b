/**
 * The sliding view of one text: decides where matches lie and how far bytes may be released. Knows nothing of encodings; a
 * caller hands it a shadow, one byte per unit.
 *
 * Why the outcome does not depend on chunks: a candidate is read only when it starts before the hold, that is, when every
 * beginning of a match from there has ended inside the bytes at hand; later bytes cannot change what is read. What is read
 * is a union: a match never hides another one that begins inside it.
 */
import { endOfDigits, isDigit } from './characters.ts';
import type { Detector } from './detector.ts';
import type { Match, Span } from './recognizers/recognizer.ts';
import type { Tally } from './tally.ts';

export class Window {
  /** What the last `inspect` found, in the order of heads. */
  spans: Span[] = [];
  /** From here on nothing may be released as it is. */
  tripped: number | undefined;
  /** The value that must not leave, nor anything behind it. */
  blocked: Span | undefined;
  readonly #detector: Detector;
  readonly #tally: Tally;
  /** Where the last counted span of an entity ended: a match inside a match counts once. */
  readonly #countedTo = new Map<string, number>();
  #insideLongRun = false;

  constructor(detector: Detector, tally: Tally) {
    this.#detector = detector;
    this.#tally = tally;
  }

  /**
   * @param bytes left context, then what was held, then what is new (from `fresh`)
   * @param base  where the held part begins
   * @returns how far bytes may be released; `bytes.length` when `final`
   */
  inspect(bytes: Uint8Array, base: number, fresh: number, final: boolean): number {
    this.spans = [];
    if (this.#insideLongRun && fresh < bytes.length) this.#continueLongRun(bytes, fresh);
    const hold = final ? bytes.length : this.#detector.holdFrom(bytes, base);
    let at = base;
    while (at < hold) {
      const start = this.#detector.candidate(bytes, at);
      if (start < 0 || start >= hold) break;
      if (this.#read(bytes, start)) break;
      at = isDigit(bytes[start]) ? endOfDigits(bytes, start) : start + 1;
    }
    return hold;
  }

  /** The buffer will begin `by` bytes later. */
  slide(by: number): void {
    for (const [name, end] of this.#countedTo) this.#countedTo.set(name, end - by);
  }

  /** True when the wire was tripped. */
  #read(bytes: Uint8Array, start: number): boolean {
    const byte = bytes[start] ?? 0;
    if (byte === 0x22 && this.#detector.tripwire !== undefined) {
      this.tripped = this.#detector.tripwire.read(bytes, start);
      return this.tripped !== undefined;
    }
    for (const reader of this.#detector.readersOf(byte)) {
      const match = reader.read(bytes, start);
      // Behind a value that blocks nothing is released, so nothing counts.
      if (match === undefined || match.start >= (this.blocked?.start ?? bytes.length)) continue;
      const span = this.#spanOf(match, reader.name, bytes);
      if (span === undefined) continue;
      this.spans.push(span);
      if (this.#detector.treatmentOf(span.entity).kind === 'block') this.blocked = span;
      if (span.inside !== undefined) {
        this.#tally.add(span.inside.summary);
        continue;
      }
      if (reader.name === 'digit_run') {
        this.#tally.fault('digit_run_too_long');
        this.#insideLongRun = span.end === bytes.length;
      } else if (reader.name !== 'encoded' && span.start >= (this.#countedTo.get(reader.name) ?? 0)) {
        this.#tally.found(reader.name);
        this.#countedTo.set(reader.name, span.end);
      }
    }
    return false;
  }

  #spanOf(match: Match, entity: string, bytes: Uint8Array): Span | undefined {
    if (match.decoded !== undefined) return this.#detector.inside(bytes, match, match.decoded);
    return { start: match.start, end: match.end, style: match.style, entity };
  }

  #continueLongRun(bytes: Uint8Array, fresh: number): void {
    const end = endOfDigits(bytes, fresh);
    if (end > fresh) this.spans.push({ start: fresh, end, style: 'number', entity: 'digit_run' });
    this.#insideLongRun = end === bytes.length;
  }
}
