/**
 * Masks a stream event by event, whatever frames the events. Each goes out at once, with as much of its text as can no longer
 * become part of a match; the held rest follows in an event of its own before the one that ends its lane, and at the end. Where
 * an event has nothing to change, its data is the original text; otherwise only the changed values are spliced in, so numbers
 * keep their spelling.
 *
 * No string passes unseen: lanes are masked across events; every other string, keys too, as a whole value; numbers of twelve
 * digits or more likewise. What spells the text again (`logprobs`, token ids) goes out empty. An event that repeats the text of a
 * lane needs no memory of it: a lane comes out as its whole text would, however it was cut.
 */
import { foldCase } from '../../body/key-folding.ts';
import { isRecord, type JsonRecord, member } from '../../body/shape.ts';
import type { Hint } from '../context/hint.ts';
import type { Detector } from '../detector.ts';
import type { FieldRules } from '../fields/field-rules.ts';
import { EventFields } from '../formats/event-fields.ts';
import { Hints } from '../formats/hints.ts';
import { KnownTexts } from '../known-texts.ts';
import { maskNumber, maskWhole } from '../lane.ts';
import type { Tally } from '../tally.ts';
import { outlineOf, pathTo } from './carry.ts';
import { type EventApi, type EventKind, everyLane, type Hide } from './event-api.ts';
import { EventNumbers } from './event-numbers.ts';
import { type EventSpots, nameOf, type Piece, sortSpots } from './event-spots.ts';
import { EventTemplates } from './event-templates.ts';
import type { Place } from './joined-text.ts';
import { type Edit, findSpots, type PathStep, type Spot, splice } from './json-spots.ts';
import { addressOf, Places } from './places.ts';
import { holdsJson } from './running-text.ts';
import { type TextLane, TextLanes } from './text-lanes.ts';

export interface Carried {
  /** As the frame calls the events of that lane. */
  readonly name: string | undefined;
  readonly data: string;
}

export interface MaskedEvent {
  /** What must go out before it. */
  readonly before: readonly Carried[];
  readonly data: string;
}

interface ReadEvent {
  readonly event: JsonRecord;
  readonly kind: EventKind;
  /** What the frame calls it. */
  readonly name: string | undefined;
}

/** A piece of text, whose it is and where it stands; what begins with empty ones stands nowhere yet. */
interface Word {
  readonly piece: Piece;
  readonly lane: TextLane;
  readonly place: Place | undefined;
}

const nothing: readonly Carried[] = [];
/** Of a longer event only the outline is kept until its lanes end. */
const maxLikeChars = 4096;

export class EventMasker {
  readonly #api: EventApi;
  readonly #detector: Detector;
  readonly #tally: Tally;
  readonly #lanes: TextLanes;
  readonly #places: Places;
  readonly #numbers = new EventNumbers();
  readonly #templates: EventTemplates;
  /** Names and ids, which come with every event. */
  readonly #clean = new KnownTexts(64, 64);
  readonly #hints: Hints;
  readonly #fields: EventFields | undefined;
  /** Why no further event can be masked. */
  failure: string | undefined;

  /** `fields`: what its rules hide is hidden first. */
  constructor(api: EventApi, detector: Detector, tally: Tally, fields?: FieldRules) {
    this.#api = api;
    this.#fields = fields && new EventFields(fields, detector, tally);
    this.#detector = detector;
    this.#tally = tally;
    this.#hints = new Hints(detector);
    this.#lanes = new TextLanes(detector, tally);
    this.#places = new Places(detector, tally);
    this.#templates = new EventTemplates(this.#lanes, this.#numbers, this.whole);
  }

  /**
   * @param name what the frame calls the event
   * @param isLast no event follows: all text ends here
   * @returns undefined when the event cannot be read for sure
   */
  mask(received: string, name: string | undefined, isLast = false): MaskedEvent | undefined {
    const quick = isLast || this.#fields !== undefined ? undefined : this.#templates.mask(received, name);
    if (quick !== undefined) return { before: nothing, data: quick };
    const event = parseRecord(received);
    const fields = this.#fields === undefined || event === undefined ? undefined : this.#fields.hide(received, event);
    if (this.#fields !== undefined && fields === undefined) return undefined;
    const data = fields?.data ?? received;
    const kind = event && this.#api.kindOf(event);
    const found = kind && findSpots(data, this.#api.isDropped);
    if (!(event && kind && found)) return undefined;
    if (found.dropped.length > 0) this.#tally.fault('logprobs_removed');
    const spots = sortSpots(data, event, {
      kind,
      found,
      api: this.#api,
      tally: this.#tally,
      whole: this.whole,
      number: this.#number,
      hintOf: (name) => this.#hints.of(name),
      isHidden: fields?.isHidden,
    });
    return this.#advance(data, { event, kind, name }, spots, isLast ? everyLane : kind.ended(event));
  }

  /** Everything that is held. */
  flush(): readonly Carried[] {
    return this.#carry(this.#lanes.take(everyLane));
  }

  /** A text that is complete. */
  readonly whole = (text: string, hint?: Hint, json = false): string => {
    const isOfMany = hint === undefined && !json;
    if (isOfMany && this.#clean.has(text)) return text;
    const { changes } = this.#tally;
    const masked = maskWhole(this.#detector, this.#tally, text, hint, json);
    if (isOfMany && masked === text && this.#tally.changes === changes) this.#clean.add(text);
    return masked;
  };

  /** A bare number: it stays one. */
  readonly #number = (digits: string, hint?: Hint): string => maskNumber(this.#detector, this.#tally, digits, hint);

  #advance(data: string, read: ReadEvent, spots: EventSpots, ended: readonly string[]): MaskedEvent | undefined {
    const edits: Edit[] = [...spots.edits];
    const words = this.#wordsOf(read, spots);
    if (words === 'unclear') return undefined;
    if (words === undefined) return this.#fail('sse_too_many_lanes');
    const number = spots.number && Number(data.slice(spots.number.start, spots.number.end));
    if (number !== undefined) this.#numbers.see(number);
    const ending = new Set(this.#lanes.take(ended));
    // In the order in which it goes out: a lane that says something in the event that ends it ends there.
    const silent = [...ending].filter((lane) => words.every((word) => word.lane !== lane));
    const before = this.#carry(silent);
    this.#say(data, read.name, words, ending, edits);
    for (const { sealed, spot } of spots.seals) {
      if (!this.#lanes.isAltered(sealed)) continue;
      this.#tally.fault('signature_removed');
      edits.push({ start: spot.start, end: spot.end, text: '""' });
    }
    if (number !== undefined && spots.number !== undefined) {
      const sent = this.#numbers.pass(number);
      if (sent !== number) edits.push({ start: spots.number.start, end: spots.number.end, text: String(sent) });
    }
    const place = words[0]?.place;
    if (spots.isConstant && ended.length === 0 && place !== undefined)
      this.#templates.learn(data, read.name, spots, place);
    return { before, data: edits.length === 0 ? data : splice(data, edits) };
  }

  /** The lanes of the texts of an event. undefined: too many; `unclear`: readers differ in what one of its texts is. */
  #wordsOf(read: ReadEvent, { pieces }: EventSpots): readonly Word[] | 'unclear' | undefined {
    const words: Word[] = [];
    if (pieces.length > 1 && isTwice(pieces.map(({ spot }) => spot.path))) return 'unclear';
    for (const piece of pieces) {
      const { path } = piece.spot;
      const lane = this.#lanes.get(piece.key) ?? this.#begin(piece.key, read, path);
      if (lane === undefined) return undefined;
      const isSilent = piece.value === '' && lane.isSilent;
      const place = isSilent ? undefined : this.#placeOf(lane, read, path);
      if (place === undefined && !isSilent) return undefined;
      words.push({ piece, lane, place });
    }
    return words;
  }

  /** Gives the texts of an event to their lanes; `ending` say their last. */
  #say(
    data: string,
    name: string | undefined,
    words: readonly Word[],
    ending: ReadonlySet<TextLane>,
    edits: Edit[],
  ): void {
    const lastAt = new Map(words.map(({ lane }, at) => [lane, at]));
    const like = data.length <= maxLikeChars ? data : JSON.stringify(outlineOf(parseRecord(data) ?? {}));
    for (const [at, { piece, lane, place }] of words.entries()) {
      const { spot, value } = piece;
      lane.like = like;
      lane.name = name;
      const isLast = ending.has(lane) && lastAt.get(lane) === at;
      const text = isLast ? lane.end(value, place) : lane.push(value, place);
      if (isLast) this.#lanes.remember(lane);
      if (text !== value) edits.push({ start: spot.start, end: spot.end, text: JSON.stringify(text) });
    }
  }

  #begin(key: string, read: ReadEvent, path: Spot['path']): TextLane | undefined {
    const { event, kind } = read;
    const called = kind.nameOf?.(event, path) ?? nameOf(path);
    return this.#lanes.begin(key, { kind, of: kind.carrierOf(event, path) }, this.#hints.of(called), holdsJson(called));
  }

  #fail(reason: string): undefined {
    this.#tally.fault(reason);
    this.failure = reason;
    return undefined;
  }

  #carry(lanes: readonly TextLane[]): readonly Carried[] {
    const carried: Carried[] = [];
    let last: { readonly text: string; readonly event: JsonRecord } | undefined;
    for (const lane of lanes) {
      // Many lanes of one event are read once.
      if (last?.text !== lane.like) last = { text: lane.like, event: parseRecord(lane.like) ?? {} };
      const text = lane.end('', this.#placeOfCarried(lane, last.event));
      this.#lanes.remember(lane);
      if (text !== '') carried.push(this.#carrierOf(lane, last.event, text));
    }
    return carried.length === 0 ? nothing : carried;
  }

  /** Where held text will stand, which need not be where it came. */
  #placeOfCarried(lane: TextLane, like: JsonRecord): Place | undefined {
    const event = lane.carrier.of(like, carriedMark, this.#hide);
    const path = pathTo(event, carriedMark);
    return path && this.#placeOf(lane, { event, kind: lane.carrier.kind, name: nameOfCarried(lane, event) }, path);
  }

  #placeOf(lane: TextLane, read: ReadEvent, path: readonly PathStep[]): Place | undefined {
    const { name } = read;
    return this.#places.find(lane.said, read, path, addressOf(read.event, path, { name, indexes: this.#api.indexes }));
  }

  #carrierOf(lane: TextLane, like: JsonRecord, text: string): Carried {
    const { numberedBy } = this.#api;
    const event = lane.carrier.of(like, text, this.#hide);
    const number = numberedBy !== undefined && Object.hasOwn(event, numberedBy) ? this.#numbers.add() : undefined;
    const numbered = numberedBy === undefined || number === undefined ? event : { ...event, [numberedBy]: number };
    const name = nameOfCarried(lane, event);
    return { name: name === undefined ? undefined : this.whole(name), data: JSON.stringify(numbered) };
  }

  /** As the value was masked in the event it came with. */
  readonly #hide: Hide = (value) => {
    if (typeof value === 'string') return this.whole(value);
    if (typeof value !== 'number' || Math.abs(value) < 1e11) return value;
    return Number(this.#number(String(value)));
  };
}

/** Two keys of one object that differ in case only: one client reads the first, another one the last. */
const isTwice = (paths: readonly Spot['path'][]): boolean =>
  new Set(paths.map((path) => JSON.stringify(path.map((step) => (typeof step === 'string' ? foldCase(step) : step)))))
    .size < paths.length;

/** Where frames have names, clients look for the type of the event there. */
function nameOfCarried({ name }: TextLane, event: JsonRecord): string | undefined {
  const type = member(event, 'type');
  return name !== undefined && typeof type === 'string' ? type : name;
}
/** No text of an event is this one. */
const carriedMark = '\0held';

const looksLikeObject = /^\s*\{.*\}\s*$/s;

/** undefined: no JSON object. */
function parseRecord(text: string): JsonRecord | undefined {
  // An exception costs ten times what reading an event does, and a stream can consist of them.
  if (!looksLikeObject.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
