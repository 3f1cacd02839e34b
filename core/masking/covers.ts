/**
 * What is written over the values that were found, decided from the profile when they are released: stars, a replacement,
 * nothing. Knows units of a shadow only, so that bytes and strings are hidden by the same rules.
 *
 * Values may overlap: together they are a union. The one that starts first is replaced, the rest of the others is starred.
 */
import { replacementOf, type Treatment, type TreatmentOf } from './action.ts';
import { isAlphanumeric, isDigit } from './characters.ts';
import { keptOf } from './disclosure.ts';
import { hiddenBytes, isBareNumber, nine, star } from './hide.ts';
import type { Span } from './recognizers/recognizer.ts';

/** Over the units [start, end): once `text`, or `fill` over each unit that is to be hidden. */
export class Cover {
  start: number;
  end: number;
  /** By byte: 1 for what is hidden of the units. */
  readonly hidden: Uint8Array;
  readonly fill: number;
  text: string | undefined;
  /** [hiddenFrom, hiddenTo): what is not kept readable of it. */
  hiddenFrom: number;
  hiddenTo: number;

  constructor(span: Span, fill: number) {
    this.start = span.start;
    this.end = span.end;
    this.hidden = hiddenBytes[span.style];
    this.fill = fill;
    this.text = undefined;
    this.hiddenFrom = span.start;
    this.hiddenTo = span.end;
  }

  slide(by: number): void {
    this.start -= by;
    this.end -= by;
    this.hiddenFrom -= by;
    this.hiddenTo -= by;
  }
}

/** The text of the units [start, end) as people read it. */
export type ReadValue = (start: number, end: number) => string;

export class Covers {
  readonly #treatmentOf: TreatmentOf;
  readonly #json: boolean;
  /** Found, and not yet decided: something that starts before may still be found. */
  #spans: Span[] = [];
  /** Decided, in the order of their starts. */
  #covers: Cover[] = [];
  #coveredTo = 0;
  #longRunFill = star;

  constructor(treatmentOf: TreatmentOf, json: boolean) {
    this.#treatmentOf = treatmentOf;
    this.#json = json;
  }

  /**
   * What to write over `bytes` before `to`: everything that starts there was found. Nothing may have been written into
   * `bytes` yet.
   */
  decide(found: readonly Span[], bytes: Uint8Array, to: number, read: ReadValue): readonly Cover[] {
    if (found.length === 0 && this.#spans.length === 0) return this.#covers;
    const ready: Span[] = [];
    const later: Span[] = [];
    for (const span of this.#spans) insert(span.start < to ? ready : later, span);
    for (const span of found) insert(span.start < to ? ready : later, span);
    this.#spans = later;
    for (const span of ready) {
      const cover = this.#coverOf(span, bytes, read);
      if (cover !== undefined) this.#covers.push(cover);
    }
    return this.#covers;
  }

  /** The buffer will begin `by` units later; units before `base` are gone. */
  slide(by: number, base: number): void {
    this.#coveredTo = Math.max(0, this.#coveredTo - by);
    if (this.#spans.length > 0) {
      this.#spans = this.#spans.map((span) => ({ ...span, start: span.start - by, end: span.end - by }));
    }
    if (this.#covers.length === 0) return;
    this.#covers = this.#covers.filter((cover) => cover.end - by > base);
    for (const cover of this.#covers) cover.slide(by);
  }

  #coverOf(span: Span, bytes: Uint8Array, read: ReadValue): Cover | undefined {
    const treatment = this.#treatmentOf(span.entity);
    if (treatment.kind === 'keep') return undefined;
    const isFirst = span.start >= this.#coveredTo;
    this.#coveredTo = Math.max(this.#coveredTo, span.end);
    const cover = new Cover(span, this.#fillOf(span, bytes));
    if (treatment.kind === 'mask' && span.inside === undefined) {
      keep(cover, bytes, treatment, span.entity);
    } else if (isFirst && cover.fill !== nine) {
      cover.text = textFor(span, treatment, read);
    }
    return cover;
  }

  /** A bare JSON number stays one, whatever the action: its digits become nines. */
  #fillOf(span: Span, bytes: Uint8Array): number {
    if (span.style !== 'number' && !isDecimal(bytes, span)) return star;
    if (span.entity !== 'digit_run') return isBareNumber(bytes, span.start, span.end, this.#json) ? nine : star;
    // Its end may not have come yet; what comes of it later is filled like its beginning.
    const goesOn = isDigit(bytes[span.start - 1]);
    if (!goesOn) this.#longRunFill = isBareNumber(bytes, span.start, undefined, this.#json) ? nine : star;
    return this.#longRunFill;
  }
}

/** `4155552671.0` and `0.4111111111111111` are numbers too, whatever they were taken for. */
function isDecimal(bytes: Uint8Array, { start, end }: Span): boolean {
  let points = 0;
  for (let at = start; at < end; at++) {
    if (bytes[at] === 0x2e) points++;
    else if (!isDigit(bytes[at])) return false;
  }
  return points === 1 && isDigit(bytes[start]) && isDigit(bytes[end - 1]);
}

/** In the order of starts, longer ones first. Nearly always the span is the last one. */
function insert(spans: Span[], span: Span): void {
  let index = spans.push(span) - 1;
  for (; index > 0; index--) {
    const before = spans[index - 1];
    if (before === undefined || before.start < span.start) break;
    if (before.start === span.start && before.end >= span.end) break;
    spans[index] = before;
  }
  spans[index] = span;
}

/** undefined: stars. */
function textFor(span: Span, treatment: Treatment, read: ReadValue): string | undefined {
  if (span.inside !== undefined) return span.inside.text;
  return treatment.kind === 'replace' ? replacementOf(treatment, read(span.start, span.end)) : undefined;
}

/** Letters and digits are counted, as people count them; of a short value less stays readable than the policy says. */
function keep(cover: Cover, bytes: Uint8Array, action: Extract<Treatment, { kind: 'mask' }>, entity: string): void {
  if (action.keepFirst + action.keepLast === 0) return;
  let length = 0;
  for (let at = cover.start; at < cover.end; at++) if (isAlphanumeric(bytes[at])) length++;
  const { first, last } = keptOf(action, entity, length);
  for (let count = 0; count < first; cover.hiddenFrom++) if (isAlphanumeric(bytes[cover.hiddenFrom])) count++;
  for (let count = 0; count < last; ) if (isAlphanumeric(bytes[--cover.hiddenTo])) count++;
}

/** Where units are bytes and no cover has a text. */
export function coverInPlace(covers: readonly Cover[], bytes: Uint8Array, from: number, to: number): void {
  let last: Cover | undefined;
  let writtenTo = from;
  for (const cover of covers) {
    const { hidden, fill, hiddenFrom, hiddenTo } = cover;
    // Addresses one in another are many: what the last one has written is not written again.
    if (last?.hidden !== hidden || last.fill !== fill || hiddenFrom < last.hiddenFrom) writtenTo = from;
    const end = Math.min(to, hiddenTo);
    for (let at = Math.max(writtenTo, hiddenFrom); at < end; at++) if (hidden[bytes[at] ?? 0] === 1) bytes[at] = fill;
    writtenTo = Math.max(writtenTo, end);
    last = cover;
  }
}

/** For each unit of [from, to): what is written over it, 0 for nothing. A star hides a nine, as it does in place. */
function fillsOf(covers: readonly Cover[], bytes: Uint8Array, from: number, to: number): Uint8Array {
  const fills = new Uint8Array(to - from);
  for (const cover of covers) {
    if (cover.text !== undefined) continue;
    const end = Math.min(to, cover.hiddenTo);
    for (let at = Math.max(from, cover.hiddenFrom); at < end; at++) {
      const isFree = fills[at - from] === 0 || cover.fill === star;
      if (isFree && cover.hidden[bytes[at] ?? 0] === 1) fills[at - from] = cover.fill;
    }
  }
  return fills;
}

/** Where the units of [from, to) are written: as they are, one character in the place of each, a text in the place of many. */
export interface Sheet {
  copy(start: number, end: number): void;
  fill(byte: number, units: number): void;
  text(text: string): void;
}

export function writeCovered(
  covers: readonly Cover[],
  bytes: Uint8Array,
  from: number,
  to: number,
  sheet: Sheet,
): void {
  const fills = fillsOf(covers, bytes, from, to);
  let at = from;
  for (const { start, end, text } of covers) {
    if (start >= to) break;
    // Between covers nothing is hidden.
    if (start > at) sheet.copy(at, start);
    at = Math.max(at, start);
    if (text === undefined) {
      at = writeFilled(fills, from, at, Math.max(at, Math.min(to, end)), sheet);
    } else {
      // Released in several pieces, it is written once, with its first unit.
      if (start >= from) sheet.text(text);
      at = Math.max(at, Math.min(to, end));
    }
  }
  if (at < to) sheet.copy(at, to);
}

function writeFilled(fills: Uint8Array, base: number, from: number, to: number, sheet: Sheet): number {
  for (let at = from; at < to; ) {
    const start = at++;
    const fill = fills[start - base];
    while (at < to && fills[at - base] === fill) at++;
    if (fill === undefined || fill === 0) sheet.copy(start, at);
    else sheet.fill(fill, at - start);
  }
  return to;
}
