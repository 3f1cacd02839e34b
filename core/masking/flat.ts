/**
 * Masks a JSON or text body as one text, without parsing it: structure passes untouched because nothing matches there.
 * A mask keeps the length, except that a character in disguise (`\u0034`) becomes one star. Where nothing matches, the output
 * is the input, byte for byte.
 */
import { joined } from '../bytes.ts';
import { blockedBy } from './action.ts';
import type { Detector } from './detector.ts';
import { blot } from './hide.ts';
import type { BodyMasker, MaskSummary } from './masker.ts';
import { survey } from './survey.ts';
import { Tally } from './tally.ts';
import { TextMasker } from './text-masker.ts';

const empty = new Uint8Array(0);

export class FlatMasker implements BodyMasker {
  readonly #detector: Detector;
  readonly #tally = new Tally();
  readonly #text: TextMasker;
  /** The beginning of a character that a chunk cut. */
  #cut: Uint8Array = empty;
  /** Nothing is released as it is any more. */
  #blind = false;

  constructor(detector: Detector, json: boolean) {
    this.#detector = detector;
    this.#text = new TextMasker(detector, this.#tally, json);
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#blind) return blot(chunk);
    return chunk.length === 0 ? empty : this.#read(chunk, false);
  }

  end(): Uint8Array {
    return this.#blind ? empty : this.#read(empty, true);
  }

  /** A value that blocks, and nothing else: what cannot be read is blotted, byte for byte, so the body keeps its end. */
  failure(): string | undefined {
    return this.#tally.blocked === undefined ? undefined : blockedBy(this.#tally.blocked);
  }

  summary(): MaskSummary {
    return this.#tally.summary();
  }

  #read(chunk: Uint8Array, final: boolean): Uint8Array {
    const bytes = this.#cut.length === 0 ? chunk : joined([this.#cut, chunk]);
    const { readable, isPlain, bad } = survey(this.#detector.scan, bytes, final);
    const isWhole = readable === bytes.length;
    const output = this.#text.push(isWhole ? bytes : bytes.subarray(0, readable), isPlain, final || bad !== undefined);
    if (this.#tally.blocked !== undefined) return output;
    const rest = isWhole ? empty : bytes.slice(readable);
    const { tripped } = this.#text;
    if (tripped !== undefined) return this.#blindFrom(output, 'text_spelled_twice', joined([tripped, rest]));
    // What stands before a bad byte was readable and ends there.
    if (bad !== undefined) return this.#blindFrom(output, bad, rest);
    this.#cut = rest;
    return output;
  }

  #blindFrom(output: Uint8Array, reason: string, rest: Uint8Array): Uint8Array {
    this.#tally.fault(reason);
    this.#blind = true;
    return joined([output, blot(rest)]);
  }
}
