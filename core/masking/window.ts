/**
 * The sliding view of one text: decides where matches lie and how far bytes may be released. Knows nothing of encodings; a
 * caller hands it a shadow, one byte per unit.
 *
 * Why the outcome does not depend on chunks: a candidate is read only when it starts before the hold, that is, when every
 * beginning of a match from there has ended inside the bytes at hand; later bytes cannot change what is read. What stands to
 * the left of it and points to it (context/) is known by then. What is read is a union: a match never hides another one that
 * begins inside it.
 */
import { endOfDigits, endsEscape, isAlphanumeric, isDigit } from './characters.ts';
import { Context } from './context/context.ts';
import type { Hint } from './context/hint.ts';
import type { Beginnings } from './context/meanings.ts';
import { Stretch } from './context/stretch.ts';
import type { NameOfPerson } from './context/values.ts';
import type { Detector } from './detector.ts';
import { HeadList } from './heads/heads.ts';
import type { Match, Shape, Span } from './recognizers/recognizer.ts';
import { keyPoints } from './score.ts';
import type { Tally } from './tally.ts';

/** A name of a person is held until it is whole; a longer one is hidden piece by piece. */
const longestName = 128;

export class Window {
  /** What the last `inspect` found, in the order of heads. */
  spans: Span[] = [];
  /** From here on nothing may be released as it is. */
  tripped: number | undefined;
  /** The value that must not leave, nor anything behind it. */
  blocked: Span | undefined;
  readonly #detector: Detector;
  readonly #tally: Tally;
  readonly #context: Context;
  readonly #stretch: Stretch;
  /** The last counted span of an entity: a match inside a match of the same is none. */
  readonly #counted = new Map<string, { start: number; end: number }>();
  #insideLongRun = false;
  readonly #heads = new HeadList();
  #isAtFront = true;
  /** Names of people were hidden up to here. */
  #namedTo = 0;
  /** Base64 in lines was decoded up to here. */
  #unfoldedTo = 0;

  /** `hint`: the whole text is a value of that kind. */
  constructor(detector: Detector, tally: Tally, json: boolean, hint?: Hint) {
    this.#detector = detector;
    this.#tally = tally;
    this.#context = new Context(detector.clues, detector.meanings, json, hint);
    this.#stretch = new Stretch(this.#context);
  }

  /**
   * @param bytes left context, then what was held, then what is new (from `fresh`)
   * @param base  where the held part begins
   * @returns how far bytes may be released; `bytes.length` when `final`
   */
  inspect(bytes: Uint8Array, base: number, fresh: number, final: boolean): number {
    this.spans = [];
    if (this.#insideLongRun && fresh < bytes.length) this.#continueLongRun(bytes, fresh);
    const heads = this.#heads;
    this.#detector.heads.collect(bytes, Math.min(base, this.#context.scanFrom), this.#isAtFront, heads);
    this.#context.take(bytes, heads, final);
    this.#stretch.reset();
    const hold = final ? bytes.length : this.#hold(bytes, base);
    let at = base;
    for (let index = 0; index < heads.count; index++) {
      const head = heads.at[index] ?? 0;
      if (head >= hold) break;
      const kind = heads.kinds[index];
      if (head < base || kind === undefined) continue;
      this.#readPointedAt(bytes, at, head, final);
      if (kind.isWire && this.#trips(bytes, head)) return hold;
      this.#readAll(kind.readers, bytes, head);
      at = head;
    }
    this.#readPointedAt(bytes, at, hold, final);
    return hold;
  }

  /** The buffer will begin `by` bytes later. */
  slide(by: number): void {
    for (const counted of this.#counted.values()) {
      counted.start -= by;
      counted.end -= by;
    }
    this.#namedTo -= by;
    this.#unfoldedTo -= by;
    this.#isAtFront &&= by === 0;
    this.#context.slide(by);
  }

  #hold(bytes: Uint8Array, base: number): number {
    let hold = this.#detector.holdFrom(bytes, base);
    const { namedHold } = this.#detector;
    if (this.#context.reaches(bytes.length - namedHold.reachBytes)) hold = Math.min(hold, namedHold.from(bytes, base));
    for (const { from, to } of this.#context.names) {
      if (to === undefined && bytes.length - from <= longestName) hold = Math.min(hold, Math.max(base, from));
    }
    return hold;
  }

  #trips(bytes: Uint8Array, start: number): boolean {
    this.tripped = this.#detector.tripwire?.read(bytes, start);
    return this.tripped !== undefined;
  }

  #readAll(readers: readonly Shape[], bytes: Uint8Array, start: number): void {
    const isPointedAt = readers.length > 0 && this.#stretch.holds(start);
    for (const reader of readers) {
      // What was read as a whole is not read line by line.
      if (start < this.#unfoldedTo && reader.name === 'encoded') continue;
      const points = isPointedAt ? this.#context.points(bytes, reader.name, start) : 0;
      this.#found(reader.name, reader.read(bytes, start, points), bytes);
    }
  }

  /** In the order of their starts, as everything: what stands behind a value that blocks does not count. */
  #readPointedAt(bytes: Uint8Array, from: number, to: number, final: boolean): void {
    let at = from;
    for (const name of this.#context.names) {
      if (name.from >= to) break;
      this.#readNamed(bytes, at, Math.max(at, name.from));
      at = Math.max(at, name.from);
      this.#readName(bytes, name, final);
    }
    this.#readNamed(bytes, at, to);
  }

  /** Words and numbers in [from, to) that a key or a context points to. */
  #readNamed(bytes: Uint8Array, from: number, to: number): void {
    const stretch = this.#stretch;
    let at = stretch.next(from);
    while (at < to) {
      const end = Math.min(to, stretch.to);
      const { begins } = stretch;
      if (begins === undefined) this.#readEach(bytes, at, end);
      else this.#readThose(bytes, at, end, begins);
      at = stretch.next(end);
    }
  }

  #readThose(bytes: Uint8Array, from: number, to: number, begins: Beginnings): void {
    for (let at = from; at < to; at++) {
      if (begins[bytes[at] ?? 0] === 1 && beginsWord(bytes, at)) at = Math.max(at, this.#readWord(bytes, at) - 1);
    }
  }

  #readEach(bytes: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to; at++) {
      if (beginsWord(bytes, at) && this.#context.mayBegin(bytes[at] ?? 0, at)) this.#readWord(bytes, at);
    }
  }

  /** @returns up to where no word has to be asked any more */
  #readWord(bytes: Uint8Array, at: number): number {
    const { count, names, points, shapes } = this.#context.pointedAt(bytes, at);
    const { everywhere } = this.#context;
    let end = at;
    for (let index = 0; index < count; index++) {
      const shape = shapes[index];
      const worth = points[index] ?? 0;
      if (shape === undefined || worth === 0 || everywhere.has(names[index] ?? '')) continue;
      const match = shape.read(bytes, at, worth);
      this.#found(shape.name, match, bytes);
      // Nothing of the same kind that begins inside goes on over the quote behind it.
      if (count === 1 && match?.start === at && bytes[match.end] === 0x22) end = match.end;
    }
    for (const entity of everywhere) {
      const shape = this.#detector.namedShape(entity);
      if (shape !== undefined) this.#found(entity, shape.read(bytes, at, keyPoints), bytes);
    }
    return end;
  }

  #found(entity: string, match: Match | undefined, bytes: Uint8Array): void {
    // Behind a value that blocks nothing is released, so nothing counts.
    if (match === undefined || match.start >= (this.blocked?.start ?? bytes.length)) return;
    const last = this.#counted.get(entity);
    if (last !== undefined && match.start >= last.start && match.end <= last.end) return;
    if (match.decoded !== undefined) {
      this.#foundInside(entity, match, match.decoded, bytes);
      return;
    }
    const span = spanOf(match, entity);
    this.spans.push(span);
    if (this.#detector.treatmentOf(span.entity).kind === 'block') this.blocked = span;
    if (entity === 'digit_run') {
      this.#tally.fault('digit_run_too_long');
      this.#insideLongRun = span.end === bytes.length;
      return;
    }
    if (match.start >= (last?.end ?? 0)) this.#tally.found(entity);
    this.#counted.set(entity, { start: match.start, end: Math.max(match.end, last?.end ?? 0) });
  }

  #foundInside(entity: string, match: Match, text: Uint8Array, bytes: Uint8Array): void {
    if (match.lines !== undefined) this.#unfoldedTo = match.end;
    const spans = this.#detector.inside(bytes, match, text);
    const [first] = spans;
    if (first?.inside === undefined) return;
    this.spans.push(...spans);
    if (this.#detector.treatmentOf(first.entity).kind === 'block') this.blocked = first;
    this.#tally.add(first.inside.summary);
    this.#counted.set(entity, { start: match.start, end: match.end });
  }

  /** The whole of a name, or what has come of one that is too long to wait for. */
  #readName(bytes: Uint8Array, { from, to }: NameOfPerson, final: boolean): void {
    const end = to ?? bytes.length;
    const start = Math.max(from, this.#namedTo);
    if (start >= end) return;
    const isLong = end - from > longestName;
    if (to === undefined && !isLong && !final) return;
    this.#namedTo = end;
    if (!isLong) this.#found('person_name', { start, end, style: 'name' }, bytes);
    else {
      if (start === from) this.#tally.found('person_name');
      this.spans.push({ start, end, style: 'name', entity: 'long_name' });
    }
  }

  #continueLongRun(bytes: Uint8Array, fresh: number): void {
    const end = endOfDigits(bytes, fresh);
    if (end > fresh) this.spans.push({ start: fresh, end, style: 'number', entity: 'digit_run' });
    this.#insideLongRun = end === bytes.length;
  }
}

/** Written out: a spread costs ten times as much. */
const spanOf = ({ start, end, style }: Match, entity: string): Span => ({ start, end, style, entity });

/** A letter or digit behind something else, a digit behind a letter, and what may stand in front of a phone number. */
function beginsWord(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at];
  if (byte === 0x28 || byte === 0x2b) return true;
  if (!isAlphanumeric(byte)) return false;
  const before = bytes[at - 1];
  return !isAlphanumeric(before) || (isDigit(byte) && !isDigit(before)) || endsEscape(bytes, at - 1);
}
