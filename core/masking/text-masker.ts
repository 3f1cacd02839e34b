/**
 * Masks one text that comes in pieces of valid UTF-8. Everything else, bodies and lanes, is this with something around it: what
 * is held, what is remembered, what is released are decided here.
 */
import { joined } from '../bytes.ts';
import { leftContextBytes } from './characters.ts';
import type { Hint } from './context/hint.ts';
import { type Cover, Covers, coverInPlace, type Sheet, writeCovered } from './covers.ts';
import type { Detector } from './detector.ts';
import { Query } from './query.ts';
import { plainShadow, readable, type Shadow, shadowOf } from './shadow.ts';
import type { Tally } from './tally.ts';
import { Window } from './window.ts';

const empty = new Uint8Array(0);

export class TextMasker {
  /** What of the last piece was left when a text that must not be read on began in it. */
  tripped: Uint8Array | undefined;
  readonly #detector: Detector;
  readonly #json: boolean;
  readonly #tally: Tally;
  readonly #window: Window;
  readonly #covers: Covers;
  readonly #query = new Query();
  /** Shadow of what was released last, for left edges, and behind it what is not yet released: one piece, as memory is costly to get. */
  #kept: Uint8Array = empty;
  #contextBytes = 0;
  /** Of what is not yet released: whether it is its own shadow, and of how many units the detector has seen it. */
  #isHeldPlain = true;
  #heldUnits = 0;
  /** Set while a piece is masked: an exception leaves it set, and what it interrupted cannot be gone on with. */
  #isUnfinished = false;

  /** `hint`: the text is a value whose name was given elsewhere. */
  constructor(detector: Detector, tally: Tally, json: boolean, hint?: Hint) {
    this.#detector = detector;
    this.#json = json;
    this.#tally = tally;
    this.#window = new Window(detector, tally, json, hint);
    this.#covers = new Covers(detector.treatmentOf, json);
  }

  /**
   * What may be released now, masked. Once a value blocks (`tally.blocked`) or the wire was tripped, nothing more comes out.
   *
   * @param chunk valid UTF-8 that cuts no character. The result may alias it; it is never written into
   * @param isChunkPlain it is its own shadow (`TextScan.isPlain`)
   * @param final nothing follows
   */
  push(chunk: Uint8Array, isChunkPlain: boolean, final: boolean): Uint8Array {
    if (this.#tally.blocked !== undefined || this.tripped !== undefined) return empty;
    if (this.#isUnfinished) throw new Error('a masker that has failed is not asked again');
    this.#isUnfinished = true;
    const isPlain = this.#isHeldPlain && isChunkPlain;
    const before = isPlain ? this.#kept : this.#kept.subarray(this.#contextBytes);
    const isOwn = before.length > 0;
    const source = isOwn && chunk.length > 0 ? joined([before, chunk]) : isOwn ? before : chunk;
    const written = isPlain
      ? plainShadow(source)
      : shadowOf(this.#kept.subarray(0, this.#contextBytes), source, this.#json, final);
    const shadow = this.#query.read(this.#detector.scan, written, source, this.#contextBytes);
    const output = this.#release(source, shadow, isPlain, isOwn, final);
    this.#isUnfinished = false;
    return output;
  }

  #release(source: Uint8Array, shadow: Shadow, isPlain: boolean, isOwn: boolean, final: boolean): Uint8Array {
    const window = this.#window;
    const base = this.#contextBytes;
    const hold = window.inspect(shadow.bytes, base, base + this.#heldUnits, final);
    const stop = window.blocked?.start ?? window.tripped;
    const to = stop ?? hold;
    const from = shadow.at(base);
    const end = shadow.at(to);
    const covers = this.#covers.decide(window.spans, shadow.bytes, to, (start, behind) =>
      readable(source.subarray(shadow.at(start), shadow.at(behind)), this.#json),
    );
    if (window.blocked !== undefined) this.#tally.block(window.blocked.entity);
    else if (stop !== undefined) this.tripped = source.subarray(end);
    const goesOn = stop === undefined && !final;
    // Before anything is written over it.
    if (goesOn) this.#keep(source, shadow, to, isPlain, isOwn && covers.length === 0);
    const output =
      covers.length === 0 ? source.subarray(from, end) : write(covers, source, shadow, base, to, isPlain, isOwn);
    if (goesOn) {
      window.slide(to - this.#contextBytes);
      this.#covers.slide(to - this.#contextBytes, this.#contextBytes);
    }
    return output;
  }

  /** @param isLasting `source` is ours, and nothing will be written into it */
  #keep(source: Uint8Array, shadow: Shadow, to: number, isPlain: boolean, isLasting: boolean): void {
    this.#query.release(shadow, source, this.#contextBytes, to);
    const from = Math.max(0, to - leftContextBytes);
    this.#contextBytes = to - from;
    this.#heldUnits = shadow.bytes.length - to;
    if (shadow.bytes === source) {
      this.#kept = isLasting ? source.subarray(from) : source.slice(from);
      return;
    }
    const held = source.subarray(shadow.at(to));
    this.#kept = joined([shadow.bytes.subarray(from, to), held]);
    this.#isHeldPlain = isPlain || this.#detector.scan.isPlain(held);
  }
}

/** The bytes of the units [from, to) with what was found written over. */
function write(
  covers: readonly Cover[],
  source: Uint8Array,
  shadow: Shadow,
  from: number,
  to: number,
  isPlain: boolean,
  isOwn: boolean,
): Uint8Array {
  if (isPlain && covers.every(({ text }) => text === undefined)) {
    const bytes = isOwn ? source : source.slice(0, to);
    coverInPlace(covers, bytes, from, to);
    return bytes.subarray(from, to);
  }
  const sheet = new ByteSheet(source, shadow);
  writeCovered(covers, shadow.bytes, from, to, sheet);
  return sheet.take();
}

const encoder = new TextEncoder();

class ByteSheet implements Sheet {
  readonly #source: Uint8Array;
  readonly #shadow: Shadow;
  #output: Uint8Array;
  #length = 0;

  constructor(source: Uint8Array, shadow: Shadow) {
    this.#source = source;
    this.#shadow = shadow;
    this.#output = new Uint8Array(source.length + 64);
  }

  copy(start: number, end: number): void {
    this.#write(this.#source.subarray(this.#shadow.at(start), this.#shadow.at(end)));
  }
  fill(byte: number, units: number): void {
    this.#reserve(units);
    for (const end = this.#length + units; this.#length < end; ) this.#output[this.#length++] = byte;
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
