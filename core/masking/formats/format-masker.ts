/** What the maskers of text formats share: bytes to text and back, and what happens to a body that is no text. */
import { joined } from '../../bytes.ts';
import { blot } from '../hide.ts';
import type { BodyMasker, MaskSummary } from '../masker.ts';
import type { Inner } from './inner.ts';
import { TextPieces } from './text-pieces.ts';

const empty = new Uint8Array(0);
const encoder = new TextEncoder();

/** One format over text. `failure` set: nothing is asked of it any more. */
export interface TextFormat {
  /** Text that may be released now. */
  push(text: string): string;
  /** The held rest. `isCut`: bytes follow that are no text, so its last record is not whole. */
  end(isCut: boolean): string;
  readonly failure: string | undefined;
}

export class FormatMasker implements BodyMasker {
  readonly #format: TextFormat;
  readonly #inner: Inner;
  readonly #pieces: TextPieces;
  /** Nothing is legible any more. */
  #isBlind = false;

  constructor(format: TextFormat, inner: Inner) {
    this.#format = format;
    this.#inner = inner;
    this.#pieces = new TextPieces(inner.scan);
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#isBlind) return blot(chunk);
    if (this.#format.failure !== undefined) return empty;
    const { text, bad } = this.#pieces.push(chunk);
    const released = text === '' ? empty : encoder.encode(this.#format.push(text));
    if (bad === undefined || this.#format.failure !== undefined) return released;
    this.#inner.fault(bad.reason);
    this.#isBlind = true;
    return joined([released, encoder.encode(this.#format.end(true)), blot(bad.bytes)]);
  }

  end(): Uint8Array {
    if (this.#isBlind || this.#format.failure !== undefined) return empty;
    const cut = this.#pieces.end();
    if (cut.length > 0) this.#inner.fault('bad_utf8');
    return joined([encoder.encode(this.#format.end(cut.length > 0)), blot(cut)]);
  }

  failure(): string | undefined {
    return this.#format.failure;
  }

  summary(): MaskSummary {
    return this.#inner.summary();
  }
}
