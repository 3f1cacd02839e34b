/**
 * Masks an OpenAI chat (or legacy completion) stream, event by event. Every event goes out at once, with as much of its text
 * as can no longer become part of a match; the held rest follows in an event of its own before the choice finishes, before
 * `[DONE]` and at the end. Where an event has nothing to change, its data is the original text; otherwise only the changed
 * values are spliced in, so numbers keep their spelling.
 *
 * No string passes unseen: lanes are masked across events; every other string, keys too, as a whole value; numbers of
 * twelve digits or more likewise. Members that spell the text again (`logprobs`, token ids) become null.
 */
import { isRecord, type JsonRecord, member } from '../../body/shape.ts';
import { blockedBy } from '../action.ts';
import type { Detector } from '../detector.ts';
import { blotText } from '../hide.ts';
import { Lane, maskNumber, maskWhole } from '../lane.ts';
import type { BodyMasker, MaskSummary } from '../masker.ts';
import { Tally } from '../tally.ts';
import { spellingKeys } from '../tripwire.ts';
import {
  type ChatLane,
  ChatLanes,
  finishedChoices,
  isForeignText,
  isLanePath,
  isTextKey,
  laneMember,
} from './chat-lanes.ts';
import { type Block, BlockParser, serialiseBlock } from './event.ts';
import { BlockFraming } from './framing.ts';
import { decodeString, type Edit, findSpots, type Spot, splice } from './json-spots.ts';

const done = '[DONE]';
const shortestNumber = 12;
const empty = new Uint8Array(0);

export class ChatStreamMasker implements BodyMasker {
  readonly #detector: Detector;
  readonly #tally = new Tally();
  readonly #framing: BlockFraming;
  readonly #parser = new BlockParser();
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #encoder = new TextEncoder();
  readonly #lanes: ChatLanes;
  /** Data that is no JSON object is one text, over all events. */
  #plain: Lane;
  #plainHolds = false;
  /** Last event of each choice: the envelope of what is flushed. */
  readonly #envelopes = new Map<number, JsonRecord>();
  #broken: string | undefined;

  constructor(detector: Detector, eventBytes: number) {
    this.#detector = detector;
    this.#framing = new BlockFraming(eventBytes);
    this.#lanes = new ChatLanes(detector, this.#tally);
    this.#plain = new Lane(detector, this.#tally);
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#broken !== undefined) return empty;
    const { blocks, tooLong } = this.#framing.push(chunk);
    let output = '';
    for (const block of blocks) {
      const text = this.#decode(block);
      if (text === undefined) break;
      const masked = this.#maskBlock(this.#parser.parse(text));
      if (this.#tally.blocked !== undefined) this.#break(blockedBy(this.#tally.blocked));
      if (this.#broken !== undefined) break;
      output += masked;
    }
    if (tooLong && this.#broken === undefined) this.#break('sse_event_too_long');
    return output === '' ? empty : this.#encoder.encode(output);
  }

  end(): Uint8Array {
    if (this.#broken !== undefined) return empty;
    if (this.#framing.isIncomplete) this.#tally.fault('sse_event_incomplete');
    const rest = this.#flush();
    if (this.#tally.blocked !== undefined) this.#break(blockedBy(this.#tally.blocked));
    return this.#broken === undefined ? this.#encoder.encode(rest) : empty;
  }

  failure(): string | undefined {
    return this.#broken;
  }

  summary(): MaskSummary {
    return this.#tally.summary();
  }

  #decode(block: Uint8Array): string | undefined {
    try {
      return this.#decoder.decode(block);
    } catch {
      this.#break('bad_utf8');
      return undefined;
    }
  }

  /** Nothing more is released, held text neither: what would have completed it is lost. */
  #break(reason: string): void {
    this.#tally.fault(reason);
    this.#broken = reason;
  }

  #maskBlock(block: Block): string {
    if (block.hasUnknownLines) this.#tally.fault('sse_unknown_field');
    const frame = {
      comments: block.comments.map((comment) => this.#whole(comment)),
      // No wait is that long, but a card number is.
      retryMs: block.retryMs !== undefined && block.retryMs < 1e9 ? block.retryMs : undefined,
      id: block.id === undefined ? undefined : this.#whole(block.id),
      event: block.event === undefined ? undefined : this.#whole(block.event),
    };
    if (block.data === undefined) return serialiseBlock({ ...frame, data: undefined });
    if (block.data.trim() === done) return this.#flush() + serialiseBlock({ ...frame, data: block.data });
    const event = parseEvent(block.data);
    const masked = event === undefined ? undefined : this.#maskEvent(block.data, event);
    if (masked !== undefined) return masked.before + serialiseBlock({ ...frame, data: masked.data });
    this.#tally.fault('sse_event_not_json');
    // Some client reads it all the same (Python takes NaN), one character an event.
    if (looksLikeJson.test(block.data)) return serialiseBlock({ ...frame, data: blotText(block.data) });
    this.#plainHolds = true;
    return serialiseBlock({ ...frame, data: this.#plain.push(block.data) });
  }

  /** The data of a JSON event, and the events that must stand before it; undefined when it cannot be read for sure. */
  #maskEvent(data: string, event: JsonRecord): { readonly before: string; readonly data: string } | undefined {
    const spots = findSpots(data, spellingKeys);
    if (spots === undefined) return undefined;
    if (spots.dropped.length > 0) this.#tally.fault('logprobs_removed');
    const finished = finishedChoices(event);
    const edits: Edit[] = spots.dropped.map(({ start, end }) => ({ start, end, text: 'null' }));
    const inEvent: { readonly chat: ChatLane; readonly spot: Spot; readonly value: string }[] = [];
    for (const spot of spots.values) {
      const chat = isLaneSpot(spot) ? this.#lanes.laneOf(event, spot.path) : undefined;
      if (chat !== undefined) {
        this.#envelopes.set(chat.choice, event);
        inEvent.push({ chat, spot, value: textOf(data, spot) });
      } else if (isLaneSpot(spot)) {
        this.#break('sse_too_many_lanes');
        return { before: '', data: '' };
      } else {
        const edit = this.#maskValue(data, spot, event);
        if (edit !== undefined) edits.push(edit);
      }
    }
    const ending = new Set(finished.flatMap((choice) => this.#lanes.take(choice)));
    const lastOf = new Map(inEvent.map(({ chat, spot }) => [chat, spot]));
    for (const { chat, spot, value } of inEvent) {
      // A lane ends with its last text in the finishing event.
      const isLast = ending.has(chat) && lastOf.get(chat) === spot;
      const text = isLast ? chat.lane.end(value) : chat.lane.push(value);
      if (isLast) ending.delete(chat);
      if (text !== value) edits.push({ start: spot.start, end: spot.end, text: JSON.stringify(text) });
    }
    return { before: this.#flushLanes([...ending]), data: edits.length === 0 ? data : splice(data, edits) };
  }

  #maskValue(data: string, spot: Spot, event: JsonRecord): Edit | undefined {
    const { start, end } = spot;
    if (spot.kind === 'number') {
      if (end - start < shortestNumber) return undefined;
      const text = data.slice(start, end);
      const masked = maskNumber(this.#detector, this.#tally, text);
      return masked === text ? undefined : { start, end, text: masked };
    }
    const value = decodeString(data, start, end);
    const isForeign = spot.kind === 'string' && isForeignText(event, spot.path);
    if (isForeign) this.#tally.fault('sse_unknown_text');
    const masked = isForeign ? blotText(value) : this.#whole(value);
    return masked === value ? undefined : { start, end, text: JSON.stringify(masked) };
  }

  #whole(text: string): string {
    return maskWhole(this.#detector, this.#tally, text);
  }

  /** Everything that is held, as events. */
  #flush(): string {
    let output = this.#flushLanes(this.#lanes.take());
    if (this.#plainHolds) {
      const rest = this.#plain.end('');
      if (rest !== '') output += serialiseBlock({ ...bare, data: rest });
      this.#plain = new Lane(this.#detector, this.#tally, true);
      this.#plainHolds = false;
    }
    return output;
  }

  #flushLanes(lanes: readonly ChatLane[]): string {
    let output = '';
    for (const chat of lanes) {
      const text = chat.lane.end('');
      if (text !== '') output += serialiseBlock({ ...bare, data: this.#carrier(chat, text) });
    }
    return output;
  }

  /** An event like the last one of its choice that carries only `text`. Long members are not repeated for each lane. */
  #carrier(chat: ChatLane, text: string): string {
    const envelope: JsonRecord = this.#envelopes.get(chat.choice) ?? {};
    const members = Object.entries(envelope)
      .filter(([key, value]) => isEnvelopeValue(value) && key.length <= maxEnvelopeChars)
      .slice(0, maxEnvelopeMembers)
      .map(([key, value]) => [this.#whole(key), this.#hide(value)]);
    const member = laneMember(chat.steps, text, (value) => this.#hide(value));
    const choice = { index: this.#hide(chat.choice), ...member, finish_reason: null };
    return JSON.stringify({ ...Object.fromEntries(members), choices: [choice] });
  }

  /** As the value was masked in the event it came with. */
  #hide(value: unknown): unknown {
    if (typeof value === 'string') return this.#whole(value);
    if (typeof value !== 'number' || Math.abs(value) < 1e11) return value;
    return Number(maskNumber(this.#detector, this.#tally, String(value)));
  }
}

const maxEnvelopeChars = 256;
const maxEnvelopeMembers = 16;
const isEnvelopeValue = (value: unknown): boolean =>
  typeof value === 'string' ? value.length <= maxEnvelopeChars : Number.isSafeInteger(value);

const isLaneSpot = ({ kind, path }: Spot): boolean =>
  isLanePath(path) && (kind === 'string' || (kind === 'number' && isTextKey(path.at(-1))));
const textOf = (data: string, { kind, start, end }: Spot): string =>
  kind === 'number' ? data.slice(start, end) : decodeString(data, start, end);

const bare = { comments: [], retryMs: undefined, id: undefined, event: undefined };

const looksLikeJson = /^\s*["[{]/;
const looksLikeObject = /^\s*\{.*\}\s*$/s;

/** undefined: no JSON object, or one whose choices are no list. */
function parseEvent(text: string): JsonRecord | undefined {
  // An exception costs ten times what reading an event does, and a stream can consist of them.
  if (!looksLikeObject.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return undefined;
    const choices = member(value, 'choices') ?? [];
    return Array.isArray(choices) ? value : undefined;
  } catch {
    return undefined;
  }
}
