/**
 * Masks a JSON or text body as one text, without parsing it: structure passes untouched because nothing matches there.
 * Length is kept, except that a hidden character written as an escape (`\u0034`) becomes one star. Where nothing matches,
 * the output is the input, byte for byte.
 */
import { leftContextBytes } from './characters.ts';
import type { Detector } from './detector.ts';
import { blot, byStart, countQuotes, isHidden, nine, star } from './hide.ts';
import type { BodyMasker, MaskSummary } from './masker.ts';
import { decodeEscapes, type Shadow } from './shadow.ts';
import { survey } from './survey.ts';
import { Tally } from './tally.ts';
import { Window } from './window.ts';

const empty = new Uint8Array(0);

export class FlatMasker implements BodyMasker {
  readonly #json: boolean;
  readonly #tally = new Tally();
  readonly #window: Window;
  /** Shadow of the last bytes released, for left edges. */
  #context: Uint8Array = empty;
  /** Raw bytes not yet released, and how many of them the survey and the detector have seen. */
  #held: Uint8Array = empty;
  #surveyed = 0;
  #shadowed = 0;
  #heldEscapes = false;
  /** Inside a JSON string at the beginning of `#held`. */
  #inString = false;
  /** Nothing is released as it is any more. */
  #blind = false;

  constructor(detector: Detector, json: boolean) {
    this.#json = json;
    this.#window = new Window(detector, this.#tally);
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#blind) return blot(chunk);
    return chunk.length === 0 ? empty : this.#advance(chunk, false);
  }

  end(): Uint8Array {
    return this.#blind ? empty : this.#advance(empty, true);
  }

  /** Never: what cannot be read is blotted, byte for byte, so the body keeps its end. */
  failure(): undefined {
    return undefined;
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
    const readable = seen.bad?.at ?? seen.whole;
    if (final && readable < raw.length) this.#tally.fault(seen.bad?.reason ?? 'bad_utf8');
    if (seen.bad !== undefined) return this.#blindFrom(raw, base, seen.bad, seen.escapes);
    return this.#release(raw, base, readable, seen.escapes, final);
  }

  /** What stands before the bad byte was readable and ends there; all the rest is blotted. */
  #blindFrom(
    raw: Uint8Array,
    base: number,
    bad: { readonly at: number; readonly reason: string },
    escapes: boolean,
  ): Uint8Array {
    this.#tally.fault(bad.reason);
    const before = this.#release(raw.subarray(0, bad.at), base, bad.at, escapes, true);
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
    const tripped = this.#window.tripped;
    const to = tripped ?? hold;
    const rawTo = shadow.offsets?.[to] ?? to;
    const kept = raw.subarray(rawTo);
    const context = shadow.bytes.slice(Math.max(0, to - leftContextBytes), to);
    const output = this.#render(raw, shadow, base, to);
    if (tripped !== undefined) {
      this.#tally.fault('text_spelled_twice');
      this.#blind = true;
      return join(output, blot(kept));
    }
    if (final) return join(output, blot(kept));
    this.#window.slide(to - context.length, context.length);
    this.#context = context;
    this.#held = kept;
    this.#surveyed = readable - rawTo;
    this.#shadowed = shadow.bytes.length - to;
    this.#heldEscapes = decode && kept.includes(0x5c);
    return output;
  }

  /** Raw bytes of the units [from, to) with what was found written over. Overwrites `raw` where it can. */
  #render(raw: Uint8Array, shadow: Shadow, from: number, to: number): Uint8Array {
    const hidden: number[] = [];
    let inString = this.#inString;
    let counted = from;
    for (const span of byStart(this.#window.spans)) {
      const start = Math.max(from, span.start);
      if (start >= to) break;
      if (this.#json && countQuotes(shadow.bytes, counted, start) % 2 === 1) inString = !inString;
      counted = Math.max(counted, start);
      const bareNumber = this.#json && !inString && span.style === 'number';
      for (let at = start; at < Math.min(to, span.hiddenEnd); at++) {
        const byte = shadow.bytes[at] ?? 0;
        if (isHidden(span, byte)) hidden.push(at, bareNumber ? nine : star);
      }
    }
    if (this.#json && countQuotes(shadow.bytes, counted, to) % 2 === 1) inString = !inString;
    this.#inString = inString;
    return shadow.offsets === undefined
      ? writeInPlace(raw, from, to, hidden)
      : writeUnits(raw, shadow.offsets, from, to, hidden);
  }
}

function writeInPlace(raw: Uint8Array, from: number, to: number, hidden: readonly number[]): Uint8Array {
  for (let i = 0; i < hidden.length; i += 2) raw[hidden[i] ?? 0] = hidden[i + 1] ?? 0;
  return raw.subarray(from, to);
}

/** A hidden unit shrinks to one byte. */
function writeUnits(
  raw: Uint8Array,
  offsets: Int32Array,
  from: number,
  to: number,
  hidden: readonly number[],
): Uint8Array {
  const at = (unit: number): number => offsets[unit] ?? raw.length;
  if (hidden.length === 0) return raw.subarray(at(from), at(to));
  const covers = new Map<number, number>();
  for (let i = 0; i < hidden.length; i += 2) covers.set(hidden[i] ?? 0, hidden[i + 1] ?? 0);
  const output = new Uint8Array(at(to) - at(from));
  let written = 0;
  for (let unit = from; unit < to; unit++) {
    const covered = covers.get(unit);
    if (covered !== undefined) output[written++] = covered;
    else for (let i = at(unit); i < at(unit + 1); i++) output[written++] = raw[i] ?? 0;
  }
  return output.subarray(0, written);
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (b.length === 0) return a;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
