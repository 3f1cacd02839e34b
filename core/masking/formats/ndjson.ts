/**
 * Masks NDJSON: each line is one JSON text, and goes out when it is whole; one that is no JSON or no text is not legible. No
 * value reaches over a line end, so lines are masked together; with field rules each is a document of its own.
 */
import { lineFeed, WholeLines } from '../../body/whole-lines.ts';
import { joined } from '../../bytes.ts';
import { isBlank } from '../characters.ts';
import { blot } from '../hide.ts';
import type { BodyMasker, MaskSummary } from '../masker.ts';
import { Tally } from '../tally.ts';
import { type Inner, sumOf } from './inner.ts';

const empty = new Uint8Array(0);

export class NdjsonMasker implements BodyMasker {
  readonly #inner: Inner;
  readonly #maxBytes: number;
  /** Of all lines; undefined where each has its own. */
  readonly #together: BodyMasker | undefined;
  readonly #sum = new Tally();
  readonly #lines = new WholeLines();
  #isFirst = true;
  #failure: string | undefined;

  constructor(inner: Inner, maxBytes: number) {
    this.#inner = inner;
    this.#maxBytes = maxBytes;
    this.#together = inner.hasFields ? undefined : inner.json();
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#failure !== undefined) return empty;
    const whole = this.#lines.push(chunk);
    const released = whole.length === 0 ? empty : this.#maskLines(whole);
    if (this.#lines.keptBytes > this.#maxBytes) this.#fail('ndjson_line_too_long');
    return released;
  }

  end(): Uint8Array {
    if (this.#failure !== undefined) return empty;
    const released = this.#lines.keptBytes > 0 ? this.#maskLines(this.#lines.rest()) : empty;
    if (this.#failure !== undefined || this.#together === undefined) return released;
    const rest = this.#together.end();
    this.#fail(this.#together.failure());
    return joined([released, rest]);
  }

  failure(): string | undefined {
    return this.#failure;
  }

  summary(): MaskSummary {
    const own = sumOf(this.#sum.summary(), this.#inner.summary());
    return this.#together === undefined ? own : sumOf(own, this.#together.summary());
  }

  #fail(reason: string | undefined): void {
    if (reason === undefined || this.#failure !== undefined) return;
    this.#inner.fault(reason);
    this.#failure = reason;
  }

  /** `bytes`: whole lines, the last one perhaps without its end. */
  #maskLines(bytes: Uint8Array): Uint8Array {
    const isText = this.#inner.scan.isText(bytes);
    const released: Uint8Array[] = [];
    /** Lines from here on wait to be masked together. */
    let from = 0;
    for (let start = 0; start < bytes.length && this.#failure === undefined; ) {
      const feed = bytes.indexOf(lineFeed, start);
      const end = feed < 0 ? bytes.length : feed + 1;
      const flaw = this.#flawOf(bytes, start, end, isText);
      if (flaw !== undefined || this.#together === undefined) {
        this.#pass(bytes.subarray(from, start), released);
        from = end;
        if (end - start > this.#maxBytes) this.#fail('ndjson_line_too_long');
        else if (flaw === undefined) this.#passDocument(bytes.subarray(start, end), released);
        else this.#pass(this.#illegible(bytes.subarray(start, end), flaw), released);
      }
      start = end;
    }
    if (this.#failure === undefined) this.#pass(bytes.subarray(from), released);
    return joined(released);
  }

  /** Why a line does not pass with the others. */
  #flawOf(bytes: Uint8Array, start: number, end: number, isText: boolean): string | undefined {
    let at = start;
    // A byte order mark in front of everything.
    if (this.#isFirst && bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) at += 3;
    this.#isFirst = false;
    if (end - start > this.#maxBytes) return 'ndjson_line_too_long';
    while (at < end && isBlank(bytes[at])) at++;
    if (!isText && !this.#inner.scan.isText(bytes.subarray(start, end))) {
      return bytes.subarray(start, end).includes(0) ? 'nul_byte' : 'bad_utf8';
    }
    return at === end || beginsValue(bytes[at]) ? undefined : 'ndjson_line_not_json';
  }

  #illegible(line: Uint8Array, flaw: string): Uint8Array {
    this.#inner.fault(flaw);
    return blot(line);
  }

  /** Through the one masker, what is illegible too: it may still hold bytes of the line before. */
  #pass(lines: Uint8Array, released: Uint8Array[]): void {
    if (lines.length === 0 || this.#failure !== undefined) return;
    if (this.#together === undefined) {
      released.push(lines);
      return;
    }
    released.push(this.#together.push(lines).slice());
    this.#fail(this.#together.failure());
  }

  #passDocument(line: Uint8Array, released: Uint8Array[]): void {
    if (this.#failure !== undefined) return;
    const masker = this.#inner.json();
    released.push(masker.push(line), masker.end());
    this.#sum.add(masker.summary());
    this.#fail(masker.failure());
  }
}

/** A brace, bracket, quote, minus or digit, and the first letters of `true`, `false`, `null`. */
const beginsValue = (byte = 0): boolean =>
  (byte >= 0x30 && byte <= 0x39) ||
  byte === 0x7b ||
  byte === 0x5b ||
  byte === 0x22 ||
  byte === 0x2d ||
  byte === 0x74 ||
  byte === 0x66 ||
  byte === 0x6e;
