/**
 * Masks a JSON or text body as one text, without parsing it: structure passes untouched because nothing matches there.
 * A mask keeps the length, except that a hidden character written as an escape (`\u0034`) becomes one star. Where nothing
 * matches, the output is the input, byte for byte.
 */
import { blockedBy } from './action.ts';
import { leftContextBytes } from './characters.ts';
import { Covers, coverInPlace, type Sheet, writeCovered } from './covers.ts';
import type { Detector } from './detector.ts';
import { blot } from './hide.ts';
import type { BodyMasker, MaskSummary } from './masker.ts';
import { decodeEscapes, type Shadow, textOf } from './shadow.ts';
import { survey } from './survey.ts';
import { Tally } from './tally.ts';
import { Window } from './window.ts';

const empty = new Uint8Array(0);

export class FlatMasker implements BodyMasker {
  readonly #json: boolean;
  readonly #tally = new Tally();
  readonly #window: Window;
  readonly #covers: Covers;
  /** Shadow of the last bytes released, for left edges. */
  #context: Uint8Array = empty;
  /** Raw bytes not yet released, and how many of them the survey and the detector have seen. */
  #held: Uint8Array = empty;
  #surveyed = 0;
  #shadowed = 0;
  #heldEscapes = false;
  /** Nothing is released as it is any more. */
  #blind = false;

  constructor(detector: Detector, json: boolean) {
    this.#json = json;
    this.#window = new Window(detector, this.#tally);
    this.#covers = new Covers(detector.treatmentOf, json);
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#tally.blocked !== undefined) return empty;
    if (this.#blind) return blot(chunk);
    return chunk.length === 0 ? empty : this.#advance(chunk, false);
  }

  end(): Uint8Array {
    return this.#blind || this.#tally.blocked !== undefined ? empty : this.#advance(empty, true);
  }

  /** A value that blocks, and nothing else: what cannot be read is blotted, byte for byte, so the body keeps its end. */
  failure(): string | undefined {
    return this.#tally.blocked === undefined ? undefined : blockedBy(this.#tally.blocked);
  }

  summary(): MaskSummary {
    return this.#tally.summary();
  }

  #advance(chunk: Uint8Array, final: boolean): Uint8Array {
    const base = this.#context.length;
    const raw = new Uint8Array(base + this.#held.length + chunk.length);
    raw.set(this.#context);
    raw.set(this.#held, base);
    raw.set(chunk, base + this.#held.length);
    const seen = survey(raw, base + this.#surveyed);
    if (seen.bad !== undefined) return this.#blindFrom(raw, base, seen.bad, seen.escapes);
    if (final && seen.whole < raw.length) {
      return this.#blindFrom(raw, base, { at: seen.whole, reason: 'bad_utf8' }, seen.escapes);
    }
    return this.#release(raw, base, seen.whole, seen.escapes, final);
  }

  /** What stands before the bad byte was readable and ends there; all the rest is blotted. */
  #blindFrom(
    raw: Uint8Array,
    base: number,
    bad: { readonly at: number; readonly reason: string },
    escapes: boolean,
  ): Uint8Array {
    const before = this.#release(raw.subarray(0, bad.at), base, bad.at, escapes, true);
    if (this.#tally.blocked !== undefined) return before;
    if (!this.#blind) this.#tally.fault(bad.reason);
    this.#blind = true;
    return join(before, blot(raw.subarray(bad.at)));
  }

  /** Inspects raw[base, readable), releases what is decided, keeps the rest. */
  #release(raw: Uint8Array, base: number, readable: number, escapes: boolean, final: boolean): Uint8Array {
    const decode = escapes || this.#heldEscapes;
    const shadow: Shadow = decode
      ? decodeEscapes(raw, base, readable, this.#json, final)
      : { bytes: raw.subarray(0, readable), offsets: undefined };
    const hold = this.#window.inspect(shadow.bytes, base, base + this.#shadowed, final);
    const stop = this.#window.blocked?.start ?? this.#window.tripped;
    const to = stop ?? hold;
    const rawTo = shadow.offsets?.[to] ?? to;
    const kept = raw.subarray(rawTo);
    const context = shadow.bytes.slice(Math.max(0, to - leftContextBytes), to);
    const output = this.#render(raw, shadow, base, to);
    if (this.#window.blocked !== undefined) {
      this.#tally.block(this.#window.blocked.entity);
      return output;
    }
    if (stop !== undefined) {
      this.#tally.fault('text_spelled_twice');
      this.#blind = true;
      return join(output, blot(kept));
    }
    if (final) return output;
    this.#window.slide(to - context.length);
    this.#covers.slide(to - context.length, context.length);
    this.#context = context;
    this.#held = kept;
    this.#surveyed = readable - rawTo;
    this.#shadowed = shadow.bytes.length - to;
    this.#heldEscapes = decode && kept.includes(0x5c);
    return output;
  }

  /** Raw bytes of the units [from, to) with what was found written over. Overwrites `raw` where it can. */
  #render(raw: Uint8Array, shadow: Shadow, from: number, to: number): Uint8Array {
    const covers = this.#covers.decide(this.#window.spans, shadow.bytes, to, (start, end) =>
      textOf(raw, shadow, start, end),
    );
    const { offsets } = shadow;
    if (offsets === undefined && covers.every(({ text }) => text === undefined)) {
      coverInPlace(covers, raw, from, to);
      return raw.subarray(from, to);
    }
    if (covers.length === 0) return raw.subarray(offsets?.[from] ?? from, offsets?.[to] ?? to);
    const sheet = new ByteSheet(raw, offsets);
    writeCovered(covers, shadow.bytes, from, to, sheet);
    return sheet.take();
  }
}

const encoder = new TextEncoder();

class ByteSheet implements Sheet {
  readonly #raw: Uint8Array;
  readonly #offsets: Int32Array | undefined;
  #output: Uint8Array;
  #length = 0;

  constructor(raw: Uint8Array, offsets: Int32Array | undefined) {
    this.#raw = raw;
    this.#offsets = offsets;
    this.#output = new Uint8Array(raw.length + 64);
  }

  copy(start: number, end: number): void {
    this.#write(this.#raw.subarray(this.#offsets?.[start] ?? start, this.#offsets?.[end] ?? end));
  }
  fill(byte: number): void {
    this.#reserve(1);
    this.#output[this.#length++] = byte;
  }
  text(text: string): void {
    this.#write(encoder.encode(text));
  }
  take(): Uint8Array {
    return this.#output.subarray(0, this.#length);
  }

  #write(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#output.set(bytes, this.#length);
    this.#length += bytes.length;
  }
  /** Replacements may be longer than what they replace. */
  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#output.length) return;
    const larger = new Uint8Array(2 * (this.#output.length + bytes));
    larger.set(this.#output);
    this.#output = larger;
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (b.length === 0) return a;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
