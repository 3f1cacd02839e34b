/**
 * The common event costs no parsing: it is the last one of its lane over again, byte for byte, but for its text (and a number or a
 * time stamp). What was decided for the one holds for the other, as nothing but these values differs: same members, same lane, and
 * nothing else to hide. Whatever does not fit to the byte is read in full.
 */
import { endOfString, stringOf } from '../json-string.ts';
import type { EventNumbers } from './event-numbers.ts';
import type { EventSpots } from './event-spots.ts';
import type { Place } from './joined-text.ts';
import { shortestNumber } from './json-spots.ts';
import type { TextLane, TextLanes } from './text-lanes.ts';

/** As many lanes as commonly alternate. */
const maxTemplates = 4;
/** Longer events are rare, and would be kept. */
const maxTemplateChars = 4096;

interface Hole {
  readonly kind: 'text' | 'string' | 'number' | 'event number';
  readonly start: number;
  readonly end: number;
}

interface Template {
  readonly name: string | undefined;
  readonly place: Place;
  readonly holes: readonly Hole['kind'][];
  /** What stands between the holes: one more than there are. */
  readonly between: readonly string[];
}

export class EventTemplates {
  readonly #lanes: TextLanes;
  readonly #numbers: EventNumbers;
  readonly #whole: (text: string) => string;
  /** The last one that fitted stands first. */
  readonly #templates: Template[] = [];
  /** What stands in the holes of the event at hand: as it is written, and what it says. */
  #literals: string[] = [];
  #values: string[] = [];

  constructor(lanes: TextLanes, numbers: EventNumbers, whole: (text: string) => string) {
    this.#lanes = lanes;
    this.#numbers = numbers;
    this.#whole = whole;
  }

  /** @param spots of an event that `isConstant` */
  learn(data: string, name: string | undefined, { pieces, varying, number }: EventSpots, place: Place): void {
    const [piece] = pieces;
    if (piece === undefined || data.length > maxTemplateChars) return;
    const holes: Hole[] = varying.map((spot) => ({
      kind: spot === number ? 'event number' : spot.kind === 'string' ? 'string' : 'number',
      start: spot.start,
      end: spot.end,
    }));
    holes.push({ kind: 'text', start: piece.spot.start, end: piece.spot.end });
    holes.sort((a, b) => a.start - b.start);
    let from = 0;
    const between = holes.map(({ start, end }) => {
      const part = data.slice(from, start);
      from = end;
      return part;
    });
    between.push(data.slice(from));
    const known = this.#templates.findIndex((template) => template.place.said.key === piece.key);
    if (known >= 0) this.#templates.splice(known, 1);
    else if (this.#templates.length === maxTemplates) this.#templates.pop();
    this.#templates.unshift({ name, place, holes: holes.map(({ kind }) => kind), between });
  }

  /** The event masked; undefined when it has to be read. */
  mask(data: string, name: string | undefined): string | undefined {
    for (let index = 0; index < this.#templates.length; index++) {
      const template = this.#templates[index];
      if (template === undefined || template.name !== name || !this.#fits(template, data)) continue;
      const lane = this.#lanes.get(template.place.said.key);
      if (lane === undefined) return undefined;
      if (index > 0) this.#templates.unshift(...this.#templates.splice(index, 1));
      lane.like = data;
      return this.#fill(template, lane);
    }
    return undefined;
  }

  #fits({ holes, between }: Template, data: string): boolean {
    const last = between[between.length - 1] ?? '';
    if (!data.endsWith(last)) return false;
    this.#literals = [];
    this.#values = [];
    let at = 0;
    for (let index = 0; index < holes.length; index++) {
      const part = between[index] ?? '';
      if (!data.startsWith(part, at)) return false;
      at += part.length;
      const isString = holes[index] === 'text' || holes[index] === 'string';
      const end = isString ? endOfLiteral(data, at) : endOfNumber(data, at);
      if (end < 0) return false;
      const literal = data.slice(at, end);
      const value = isString ? stringOf(literal) : literal;
      if (value === undefined) return false;
      this.#literals.push(literal);
      this.#values.push(value);
      at = end;
    }
    return at + last.length === data.length;
  }

  #fill({ holes, between, place }: Template, lane: TextLane): string {
    let output = '';
    for (let index = 0; index < holes.length; index++) {
      const literal = this.#literals[index] ?? '';
      const masked = this.#masked(holes[index] ?? 'text', literal, this.#values[index] ?? '', lane, place);
      output += (between[index] ?? '') + masked;
    }
    return output + (between[holes.length] ?? '');
  }

  #masked(kind: Hole['kind'], literal: string, value: string, lane: TextLane, place: Place): string {
    if (kind === 'number') return literal;
    if (kind === 'event number') return String(this.#numbers.pass(Number(literal)));
    const text = kind === 'text' ? lane.push(value, place) : this.#whole(value);
    return text === value ? literal : JSON.stringify(text);
  }
}

/** Index behind the string at `at`, -1 when there is none. */
const endOfLiteral = (data: string, at: number): number => (data[at] === '"' ? endOfString(data, at) : -1);

/** Index behind the count at `at`, -1 when there is none that is short. */
function endOfNumber(data: string, at: number): number {
  let end = at;
  while (isDigit(data.charCodeAt(end))) end++;
  if (end === at || end - at >= shortestNumber) return -1;
  return data.charCodeAt(at) === 0x30 && end - at > 1 ? -1 : end;
}

const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39;
