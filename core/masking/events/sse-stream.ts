/** A body of server-sent events, masked: blocks in, blocks out, each with the chunk that completes it. */
import { blockedBy } from '../action.ts';
import type { Detector } from '../detector.ts';
import type { FieldRules } from '../fields/field-rules.ts';
import { blotText } from '../hide.ts';
import { Lane } from '../lane.ts';
import type { BodyMasker, MaskSummary } from '../masker.ts';
import { Tally } from '../tally.ts';
import type { EventApi } from './event-api.ts';
import { type Carried, EventMasker } from './event-masker.ts';
import { type Block, BlockParser, serialiseBlock } from './sse-block.ts';
import { BlockFraming } from './sse-framing.ts';

/** How OpenAI and all that are like it end a stream. */
const done = '[DONE]';
const byteOrderMark = '\ufeff';
const empty = new Uint8Array(0);

export class SseStreamMasker implements BodyMasker {
  readonly #detector: Detector;
  readonly #tally = new Tally();
  readonly #framing: BlockFraming;
  readonly #parser = new BlockParser();
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #encoder = new TextEncoder();
  readonly #events: EventMasker;
  #isFirst = true;
  /** Data that is no JSON object is one text, over all events. */
  #plain: Lane;
  #plainHolds = false;
  #broken: string | undefined;

  constructor(api: EventApi, detector: Detector, eventBytes: number, fields?: FieldRules) {
    this.#detector = detector;
    this.#framing = new BlockFraming(eventBytes);
    this.#events = new EventMasker(api, detector, this.#tally, fields);
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
      const text = this.#decoder.decode(block);
      const isMarked = this.#isFirst && text.startsWith(byteOrderMark);
      this.#isFirst = false;
      return isMarked ? text.slice(byteOrderMark.length) : text;
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
    const whole = this.#events.whole;
    const frame = {
      comments: block.comments.map((comment) => whole(comment)),
      // No wait is that long, but a card number is.
      retryMs: block.retryMs !== undefined && block.retryMs < 1e9 ? block.retryMs : undefined,
      id: block.id === undefined ? undefined : whole(block.id),
      event: block.event === undefined ? undefined : whole(block.event),
    };
    if (block.data === undefined) return serialiseBlock({ ...frame, data: undefined });
    if (block.data.trim() === done) return this.#flush() + serialiseBlock({ ...frame, data: block.data });
    const masked = this.#events.mask(block.data, block.event);
    if (masked !== undefined) return asBlocks(masked.before) + serialiseBlock({ ...frame, data: masked.data });
    if (this.#events.failure !== undefined) {
      this.#broken = this.#events.failure;
      return '';
    }
    this.#tally.fault('sse_event_not_json');
    // Some client reads it all the same (Python takes NaN), one character an event.
    if (looksLikeJson.test(block.data)) return serialiseBlock({ ...frame, data: blotText(block.data) });
    this.#plainHolds = true;
    return serialiseBlock({ ...frame, data: this.#plain.push(block.data) });
  }

  /** Everything that is held, as events. */
  #flush(): string {
    let output = asBlocks(this.#events.flush());
    if (this.#plainHolds) {
      const rest = this.#plain.end('');
      if (rest !== '') output += serialiseBlock({ ...bare, data: rest });
      this.#plain = new Lane(this.#detector, this.#tally, true);
      this.#plainHolds = false;
    }
    return output;
  }
}

const bare = { comments: [], retryMs: undefined, id: undefined, event: undefined };

function asBlocks(events: readonly Carried[]): string {
  let output = '';
  for (const { name, data } of events) output += serialiseBlock({ ...bare, event: name, data });
  return output;
}

const looksLikeJson = /^\s*["[{]/;
