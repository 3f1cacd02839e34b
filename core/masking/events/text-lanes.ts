/** The texts that a client joins from many events: one lane each, from its first piece to the event that ends it. */
import type { Hint } from '../context/hint.ts';
import type { Detector } from '../detector.ts';
import { blotText } from '../hide.ts';
import { Lane } from '../lane.ts';
import type { Tally } from '../tally.ts';
import type { Carrier, EventKind } from './event-api.ts';
import { type Place, Said } from './joined-text.ts';

/** More lanes than any answer has: 128 choices with content, reasoning and tools. Bounds memory and what a flush writes. */
const maxLanes = 1024;
/** Ids and paths are shorter. */
const maxKeyChars = 1024;

/** How more of a lane is sent, and of which kind that event is. */
export interface LaneCarrier {
  readonly kind: EventKind;
  readonly of: Carrier;
}

export class TextLane {
  readonly key: string;
  readonly carrier: LaneCarrier;
  /** The data of the last event of the lane and its name: what is flushed looks like it. */
  like = '';
  name: string | undefined;
  readonly said: Said;
  readonly #lane: Lane;
  /** What came and is not out yet, as long as all went out as it came; undefined: something was altered. */
  #waiting: string | undefined = '';

  constructor(said: Said, carrier: LaneCarrier, lane: Lane) {
    this.key = said.key;
    this.said = said;
    this.carrier = carrier;
    this.#lane = lane;
  }

  get isAltered(): boolean {
    return this.#waiting === undefined;
  }

  /** Nothing came yet but empty texts. */
  isSilent = true;

  /** `place`: where what goes out of it will stand. Where that is not known, nothing is legible. */
  push(text: string, place: Place | undefined): string {
    return this.#compared(text, this.#passed(this.#lane.push(text), place));
  }

  /** With the last piece. */
  end(text: string, place: Place | undefined): string {
    return this.#compared(text, this.#passed(this.#lane.end(text), place));
  }

  #passed(released: string, place: Place | undefined): string {
    if (released === '') return released;
    return place === undefined ? blotText(released) : this.said.pass(place, released);
  }

  #compared(came: string, released: string): string {
    if (came !== '') this.isSilent = false;
    if (this.#waiting !== undefined) {
      const waiting = this.#waiting + came;
      this.#waiting = waiting.startsWith(released) ? waiting.slice(released.length) : undefined;
    }
    return released;
  }
}

export class TextLanes {
  readonly #detector: Detector;
  readonly #tally: Tally;
  readonly #open = new Map<string, TextLane>();
  /** Lanes that ended, and whether they were altered. What comes on one of them after all begins where that ended. */
  readonly #ended = new Map<string, boolean>();
  /** What went out of any lane. */
  readonly #said = new Map<string, Said>();

  constructor(detector: Detector, tally: Tally) {
    this.#detector = detector;
    this.#tally = tally;
  }

  get(key: string): TextLane | undefined {
    return this.#open.get(key);
  }

  /**
   * @param hint the name of the text says what it is
   * @param json it is JSON
   * @returns undefined when there are too many, or when the key has no end
   */
  begin(key: string, carrier: LaneCarrier, hint: Hint | undefined, json: boolean): TextLane | undefined {
    if (key.length > maxKeyChars) return undefined;
    const wasAltered = this.#ended.get(key);
    if (wasAltered === undefined && this.#open.size + this.#ended.size >= maxLanes) return undefined;
    const said = this.#said.get(key) ?? new Said(key, json, hint);
    this.#said.set(key, said);
    const lane = new TextLane(
      said,
      carrier,
      new Lane(this.#detector, this.#tally, wasAltered !== undefined, json, hint),
    );
    this.#open.set(key, lane);
    return lane;
  }

  /** Takes out the lanes whose keys begin like this, in the order in which they began. They end with what is said last. */
  take(beginnings: readonly string[]): readonly TextLane[] {
    if (beginnings.length === 0 || this.#open.size === 0) return none;
    const taken: TextLane[] = [];
    for (const [key, lane] of this.#open) {
      if (!beginnings.some((beginning) => key.startsWith(beginning))) continue;
      taken.push(lane);
      this.#open.delete(key);
      this.#ended.set(key, this.#ended.get(key) ?? false);
    }
    return taken;
  }

  /** To be told once a lane has said its last. */
  remember(lane: TextLane): void {
    if (lane.isAltered) this.#ended.set(lane.key, true);
  }

  /** Whether any lane, ended or not, whose key begins like this was altered. */
  isAltered(beginning: string): boolean {
    for (const [key, altered] of this.#ended) if (altered && key.startsWith(beginning)) return true;
    for (const [key, lane] of this.#open) if (lane.isAltered && key.startsWith(beginning)) return true;
    return false;
  }
}

const none: readonly TextLane[] = [];
