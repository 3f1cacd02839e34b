/**
 * Masks NDJSON line by line: each line is one JSON text, and nothing of one is read together with the next. A line goes out when
 * it is whole; what is no JSON in it is not legible.
 */
import { joined } from '../../bytes.ts';
import { blot } from '../hide.ts';
import type { BodyMasker, MaskSummary } from '../masker.ts';
import { type Inner, Sum, sumOf } from './inner.ts';

const empty = new Uint8Array(0);
const lf = 0x0a;

export class NdjsonMasker implements BodyMasker {
  readonly #inner: Inner;
  readonly #maxBytes: number;
  readonly #line: () => BodyMasker;
  readonly #sum = new Sum();
  #parts: Uint8Array[] = [];
  #length = 0;
  #isFirst = true;
  #failure: string | undefined;

  /** `line`: what masks one line. */
  constructor(inner: Inner, maxBytes: number, line: () => BodyMasker = () => inner.json()) {
    this.#inner = inner;
    this.#maxBytes = maxBytes;
    this.#line = line;
  }

  push(chunk: Uint8Array): Uint8Array {
    const released: Uint8Array[] = [];
    let from = 0;
    for (let end = chunk.indexOf(lf); end >= 0 && this.#failure === undefined; end = chunk.indexOf(lf, from)) {
      this.#keep(chunk.subarray(from, end + 1));
      if (this.#failure === undefined) released.push(...this.#mask());
      from = end + 1;
    }
    if (this.#failure === undefined && from < chunk.length) this.#keep(chunk.slice(from));
    return joined(released);
  }

  end(): Uint8Array {
    return this.#failure === undefined && this.#length > 0 ? joined(this.#mask()) : empty;
  }

  failure(): string | undefined {
    return this.#failure;
  }

  summary(): MaskSummary {
    return sumOf(this.#sum.summary(), this.#inner.summary());
  }

  #keep(part: Uint8Array): void {
    this.#parts.push(part);
    this.#length += part.length;
    if (this.#length > this.#maxBytes) this.#fail('ndjson_line_too_long');
  }

  #fail(reason: string): void {
    this.#inner.fault(reason);
    this.#failure = reason;
  }

  /** The line at hand, its end included. */
  #mask(): readonly Uint8Array[] {
    const line = joined(this.#parts);
    this.#parts = [];
    this.#length = 0;
    const start = this.#isFirst && line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? 3 : 0;
    this.#isFirst = false;
    const first = line.subarray(start).findIndex((byte) => !isBlank(byte));
    if (first < 0) return [line];
    if (!beginsValue(line[start + first] ?? 0)) {
      this.#inner.fault('ndjson_line_not_json');
      return [blot(line)];
    }
    const masker = this.#line();
    // Copies: what a masker gives may lie in what it was given.
    const released = [masker.push(line), masker.end()];
    this.#sum.add(masker.summary());
    const failure = masker.failure();
    if (failure !== undefined) this.#fail(failure);
    return released;
  }
}

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

/** A brace, bracket, quote, minus or digit, and the first letters of `true`, `false`, `null`. */
const beginsValue = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || [0x7b, 0x5b, 0x22, 0x2d, 0x74, 0x66, 0x6e].includes(byte);
