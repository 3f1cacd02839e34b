/**
 * A body of JSON values, masked: lines of objects (NDJSON), a list that is sent bit by bit, or one document. Each value goes out
 * with the chunk that completes it, but the first one where the content type does not say that more follow: a document alone must
 * hold all of its text, and an event in front of others may not.
 */

import { joined } from '../../bytes.ts';
import { blockedBy } from '../action.ts';
import type { Detector } from '../detector.ts';
import type { FieldRules } from '../fields/field-rules.ts';
import { blot, blotText } from '../hide.ts';
import type { BodyMasker, MaskSummary } from '../masker.ts';
import { Tally } from '../tally.ts';
import type { EventApi } from './event-api.ts';
import { EventMasker } from './event-masker.ts';
import { JsonFraming, type JsonPiece } from './json-framing.ts';

const empty = new Uint8Array(0);
const openList = 0x5b;
/** More blanks behind a first value than anybody sends behind a document. */
const maxBlanks = 1024;

export interface JsonStreamOptions {
  /** Longest value that is read as an event. */
  readonly eventBytes: number;
  /** The content type says that values follow each other. */
  readonly isStream: boolean;
  /** Masks a first value that is longer than that, unparsed. */
  readonly unparsed: () => BodyMasker;
  readonly fields?: FieldRules | undefined;
}

export class JsonStreamMasker implements BodyMasker {
  readonly #tally = new Tally();
  readonly #framing: JsonFraming;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #encoder = new TextEncoder();
  readonly #events: EventMasker;
  readonly #unparsed: () => BodyMasker;
  #delegate: BodyMasker | undefined;
  /** No value went out yet, and the first one may be the only one. */
  #mayBeAlone: boolean;
  /** That first value, and the blanks behind it. */
  #first: string | undefined;
  #behindFirst = '';
  #hasValues = false;
  #inList = false;
  #endsLine = true;
  #broken: string | undefined;

  constructor(api: EventApi, detector: Detector, { eventBytes, isStream, unparsed, fields }: JsonStreamOptions) {
    this.#framing = new JsonFraming(eventBytes);
    this.#events = new EventMasker(api, detector, this.#tally, fields);
    this.#mayBeAlone = !isStream;
    this.#unparsed = unparsed;
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#delegate !== undefined) return this.#delegate.push(chunk);
    if (this.#broken !== undefined) return empty;
    const { pieces, rest, tooLong } = this.#framing.push(chunk);
    let output = '';
    for (const piece of pieces) {
      const masked = this.#mask(piece);
      this.#breakIfBlocked();
      if (this.#broken !== undefined) break;
      output += masked;
      if (masked !== '') this.#endsLine = masked.endsWith('\n');
    }
    const released = output === '' ? empty : this.#encoder.encode(output);
    return tooLong && this.#broken === undefined ? this.#handOver(released, chunk.subarray(rest)) : released;
  }

  end(): Uint8Array {
    if (this.#delegate !== undefined) return this.#delegate.end();
    if (this.#broken !== undefined) return empty;
    const isCut = this.#framing.isIncomplete;
    if (isCut) this.#tally.fault('json_value_incomplete');
    const first = this.#releaseFirst(!isCut);
    if (first !== '') this.#endsLine = first.endsWith('\n');
    const rest = this.#broken === undefined ? this.#flush() : '';
    this.#breakIfBlocked();
    return this.#broken === undefined ? this.#encoder.encode(first + rest) : empty;
  }

  failure(): string | undefined {
    return this.#delegate === undefined ? this.#broken : this.#delegate.failure();
  }

  summary(): MaskSummary {
    const own = this.#tally.summary();
    if (this.#delegate === undefined) return own;
    const { counts, faults } = this.#delegate.summary();
    return { counts, faults: [...new Set([...own.faults, ...faults])].sort() };
  }

  #mask({ kind, bytes }: JsonPiece): string {
    if (kind === 'between') return this.#maskBetween(bytes);
    if (kind === 'close') {
      this.#inList = false;
      return `${this.#flushInList()}]`;
    }
    const text = this.#decode(bytes);
    if (text === undefined) return '';
    if (this.#mayBeAlone && !this.#hasValues) {
      this.#hasValues = true;
      this.#first = text;
      return '';
    }
    const first = this.#releaseFirst(false);
    this.#hasValues = true;
    return this.#broken === undefined ? first + this.#maskValue(text, false) : '';
  }

  #maskBetween(bytes: Uint8Array): string {
    if (bytes.includes(openList)) {
      this.#inList = true;
      // Its end says when there is no more, and what is held goes out in front of that.
      this.#mayBeAlone = false;
    }
    const readable = this.#hasValues ? bytes : bytes.filter((byte) => !markBytes.includes(byte));
    const blotted = blot(readable);
    if (blotted.some((byte, index) => byte !== readable[index])) this.#tally.fault('json_between_values');
    const text = this.#decoder.decode(blotted);
    if (this.#first === undefined) return text;
    this.#behindFirst += text;
    return this.#behindFirst.length > maxBlanks ? this.#releaseFirst(false) : '';
  }

  #releaseFirst(isLast: boolean): string {
    if (this.#first === undefined) return '';
    const masked = this.#maskValue(this.#first, isLast) + this.#behindFirst;
    this.#first = undefined;
    this.#behindFirst = '';
    this.#mayBeAlone = false;
    return masked;
  }

  #maskValue(text: string, isLast: boolean): string {
    const masked = this.#events.mask(text, undefined, isLast);
    if (masked !== undefined) {
      const separator = this.#inList ? ',' : '\n';
      return masked.before.map(({ data }) => data + separator).join('') + masked.data;
    }
    if (this.#events.failure !== undefined) {
      this.#broken = this.#events.failure;
      return '';
    }
    this.#tally.fault('json_value_not_legible');
    return blotText(text);
  }

  #flushInList(): string {
    return this.#events
      .flush()
      .map(({ data }) => `,${data}`)
      .join('');
  }

  #flush(): string {
    if (this.#inList) return this.#flushInList();
    const lines = this.#events.flush().map(({ data }) => `${data}\n`);
    return lines.length === 0 || this.#endsLine ? lines.join('') : `\n${lines.join('')}`;
  }

  #decode(bytes: Uint8Array): string | undefined {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      this.#break('bad_utf8');
      return undefined;
    }
  }

  #breakIfBlocked(): void {
    if (this.#tally.blocked !== undefined) this.#break(blockedBy(this.#tally.blocked));
  }

  #break(reason: string): void {
    this.#tally.fault(reason);
    this.#broken = reason;
  }

  /** A long first value is no event; behind others it could be, and nobody would join its text to theirs. */
  #handOver(released: Uint8Array, rest: Uint8Array): Uint8Array {
    if (this.#hasValues) {
      this.#break('json_value_too_long');
      return released;
    }
    const delegate = this.#unparsed();
    this.#delegate = delegate;
    const parts = [released];
    for (const part of [...this.#framing.unfinished, rest]) parts.push(delegate.push(part).slice());
    return joined(parts);
  }
}

/** Of a byte order mark: JSON has none, and whatever reads it all the same does without. */
const markBytes: readonly number[] = [0xef, 0xbb, 0xbf];
