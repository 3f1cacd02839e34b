/**
 * Event stream or JSON? Clients read either whatever the content type says, so the first bytes decide: an event stream
 * masked as JSON would leak what is spelled over many events. The content type decides only what the bytes leave open.
 */
import { joined } from '../bytes.ts';
import type { BodyMasker, MaskSummary } from './masker.ts';

const longestField = 'event:'.length;
const fieldAt = /^(?:data|event|id|retry)?:/;
const partOfField = /^(?:d(?:a(?:t(?:a)?)?)?|e(?:v(?:e(?:n(?:t)?)?)?)?|i(?:d)?|r(?:e(?:t(?:r(?:y)?)?)?)?)?$/;
/** Blanks and a byte order mark in front; more than this of them is no body anybody sends. */
const maxLead = 64;

const empty = new Uint8Array(0);

type Guess = 'stream' | 'value' | 'other';

export class SniffingMasker implements BodyMasker {
  readonly #saysStream: boolean;
  readonly #stream: () => BodyMasker;
  readonly #json: (isValue: boolean) => BodyMasker;
  #masker: BodyMasker | undefined;
  #first: Uint8Array = empty;

  /** @param json `isValue`: an object or a list stands there, or more blanks than anybody sends in front of anything else */
  constructor(saysStream: boolean, stream: () => BodyMasker, json: (isValue: boolean) => BodyMasker) {
    this.#saysStream = saysStream;
    this.#stream = stream;
    this.#json = json;
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#masker !== undefined) return this.#masker.push(chunk);
    const first = this.#first.length === 0 ? chunk : joined([this.#first, chunk]);
    const guess = this.#guess(first);
    if (guess === undefined) {
      this.#first = first.slice();
      return empty;
    }
    return this.#choose(guess).push(first);
  }

  end(): Uint8Array {
    if (this.#masker !== undefined) return this.#masker.end();
    const masker = this.#choose(this.#saysStream ? 'stream' : 'other');
    return joined([masker.push(this.#first), masker.end()]);
  }

  failure(): string | undefined {
    return this.#masker?.failure();
  }

  summary(): MaskSummary {
    return this.#masker?.summary() ?? { counts: {}, faults: [] };
  }

  #choose(guess: Guess): BodyMasker {
    this.#masker = guess === 'stream' ? this.#stream() : this.#json(guess === 'value');
    return this.#masker;
  }

  /** undefined: more bytes are needed. */
  #guess(bytes: Uint8Array): Guess | undefined {
    let at = 0;
    while (at < maxLead && isLead(bytes[at])) at++;
    if (at === maxLead) return this.#saysStream ? 'stream' : 'value';
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    if (byte === 0x7b || byte === 0x5b) return 'value';
    const word = String.fromCharCode(...bytes.subarray(at, at + longestField));
    if (fieldAt.test(word)) return 'stream';
    if (partOfField.test(word)) return undefined;
    return this.#saysStream ? 'stream' : 'other';
  }
}

/** Blanks, line ends and the three bytes of a byte order mark. */
const isLead = (byte: number | undefined): boolean =>
  byte === 0x20 ||
  (byte !== undefined && byte >= 0x09 && byte <= 0x0d) ||
  byte === 0xef ||
  byte === 0xbb ||
  byte === 0xbf;
