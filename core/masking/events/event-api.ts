/** What a stream of events is made of, one description for each API. A description holds no state: it only reads events. */
import { foldCase } from '../../body/key-folding.ts';
import type { JsonRecord } from '../../body/shape.ts';
import type { PathStep, Spot } from './json-spots.ts';

export interface EventApi {
  /** undefined: an event that nobody can read for sure; no letter of it goes out. */
  kindOf(event: JsonRecord): EventKind | undefined;
  /** Members that spell the text a second time, in tokens or their ids: they go out empty. */
  isDropped(path: readonly PathStep[]): boolean;
  /**
   * Members at the top that may differ from event to event and say nothing of what the event is: no kind looks at them or below.
   */
  readonly varying: ReadonlySet<string>;
  /** Members at the top by which clients find the text that an event continues. */
  readonly indexes: readonly string[];
  /** The member at the top that numbers events, if they are numbered. */
  readonly numberedBy?: string;
}

/** How to read one kind of event. */
export interface EventKind {
  /** Beginnings of the keys of lanes that this event ends: their held text goes out before it, or in it. */
  ended(event: JsonRecord): readonly string[];
  /**
   * The lane of a text that clients join from many events, as a JSON list: its members go from the large to the small, so that
   * `ended` can name many at once. undefined: a value of its own, which is complete.
   */
  laneOf(event: JsonRecord, spot: Spot): string | undefined;
  /** All lanes that some client takes for one text, whatever it calls them. */
  familyOf(event: JsonRecord, path: readonly PathStep[]): string;
  /** By what else than their lane clients find texts of one family. */
  idsOf?(event: JsonRecord, path: readonly PathStep[]): readonly string[];
  /** How more text of that lane is sent; asked when the lane begins. */
  carrierOf(event: JsonRecord, path: readonly PathStep[]): Carrier;
  /** What the text of a lane is called, where that is not the member it stands in. */
  nameOf?(event: JsonRecord, path: readonly PathStep[]): string | undefined;
  /** True for running text where this API has none: a piece of something that nobody here joins. */
  isStray(event: JsonRecord, path: readonly PathStep[]): boolean;
  /** Where a signature stands, the beginning of the keys of what it signs: altered text and its signature do not both pass. */
  sealOf?(event: JsonRecord, path: readonly PathStep[]): string | undefined;
}

/**
 * An event that carries `text` and nothing else that a client would add up.
 *
 * @param like the last event of the lane
 * @param hide masks names and numbers as they were masked in their own event
 */
export type Carrier = (like: JsonRecord, text: string, hide: Hide) => JsonRecord;
export type Hide = (value: unknown) => unknown;

/** The names on a path, whatever their case and place. */
export const familyOfNames = (path: readonly PathStep[]): string =>
  path.map((step) => (typeof step === 'string' ? foldCase(step) : '')).join(' ');

/** The key of a lane. A beginning of it is one without its last characters, never half a member. */
export const laneKey = (...members: readonly PathStep[]): string => JSON.stringify(members);
/** The beginning of the keys of all lanes whose first members these are. */
export const lanesUnder = (...members: readonly PathStep[]): string => `${JSON.stringify(members).slice(0, -1)},`;
export const everyLane: readonly string[] = ['['];
export const noLane: readonly string[] = [];
