/**
 * Event stream or JSON? Clients read either whatever the content type says, so the first bytes decide: an event stream
 * masked as JSON would leak what is spelled over many events. The content type decides only what the bytes leave open.
 */
import type { BodyMasker, MaskSummary } from './masker.ts';

const longestField = 'event:'.length;
const fieldAt = /^(?:data|event|id|retry)?:/;
const partOfField = /^(?:d(?:a(?:t(?:a)?)?)?|e(?:v(?:e(?:n(?:t)?)?)?)?|i(?:d)?|r(?:e(?:t(?:r(?:y)?)?)?)?)?$/;
/** Blanks and a byte order mark in front; more than this of them is no body anybody sends. */
const maxLead = 64;

const empty = new Uint8Array(0);

export class SniffingMasker implements BodyMasker {
  readonly #saysStream: boolean;
  readonly #stream: () => BodyMasker;
  readonly #json: () => BodyMasker;
  #masker: BodyMasker | undefined;
  #first: Uint8Array = empty;

  constructor(saysStream: boolean, stream: () => BodyMasker, json: () => BodyMasker) {
    this.#saysStream = saysStream;
    this.#stream = stream;
    this.#json = json;
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#masker !== undefined) return this.#masker.push(chunk);
    const first = new Uint8Array(this.#first.length + chunk.length);
    first.set(this.#first);
    first.set(chunk, this.#first.length);
    const isStream = this.#guess(first);
    if (isStream === undefined) {
      this.#first = first;
      return empty;
    }
    return this.#choose(isStream).push(first);
  }

  end(): Uint8Array {
    if (this.#masker !== undefined) return this.#masker.end();
    const masker = this.#choose(this.#saysStream);
    const first = masker.push(this.#first);
    const last = masker.end();
    const both = new Uint8Array(first.length + last.length);
    both.set(first);
    both.set(last, first.length);
    return both;
  }

  failure(): string | undefined {
    return this.#masker?.failure();
  }

  summary(): MaskSummary {
    return this.#masker?.summary() ?? { counts: {}, faults: [] };
  }

  #choose(isStream: boolean): BodyMasker {
    this.#masker = isStream ? this.#stream() : this.#json();
    return this.#masker;
  }

  /** undefined: more bytes are needed. */
  #guess(bytes: Uint8Array): boolean | undefined {
    let at = 0;
    while (at < maxLead && isLead(bytes[at])) at++;
    if (at === maxLead) return this.#saysStream;
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    if (byte === 0x7b || byte === 0x5b) return false;
    const word = String.fromCharCode(...bytes.subarray(at, at + longestField));
    if (fieldAt.test(word)) return true;
    return partOfField.test(word) ? undefined : this.#saysStream;
  }
}

/** Blanks, line ends and the three bytes of a byte order mark. */
const isLead = (byte: number | undefined): boolean =>
  byte === 0x20 ||
  (byte !== undefined && byte >= 0x09 && byte <= 0x0d) ||
  byte === 0xef ||
  byte === 0xbb ||
  byte === 0xbf;
