/**
 * A part that says it is no text, in a profile that lets such parts pass. One that is text all the same is masked like text: a
 * content type is only what somebody says.
 */
import { joined } from '../../bytes.ts';
import type { BodyMasker, MaskSummary } from '../masker.ts';
import { PassThrough } from '../plain-maskers.ts';
import { survey } from '../survey.ts';
import type { Inner } from './inner.ts';

/** Images, sounds, archives and PDF have a NUL or a byte that is no UTF-8 in front of that. */
const sniffedBytes = 512;

export class BinaryPart implements BodyMasker {
  readonly #inner: Inner;
  #first: Uint8Array = new Uint8Array(0);
  #masker: BodyMasker | undefined;

  constructor(inner: Inner) {
    this.#inner = inner;
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#masker !== undefined) return this.#masker.push(chunk);
    this.#first = joined([this.#first, chunk]);
    return this.#first.length < sniffedBytes ? this.#first.subarray(0, 0) : this.#choose().push(this.#first);
  }

  end(): Uint8Array {
    if (this.#masker !== undefined) return this.#masker.end();
    const masker = this.#choose();
    return joined([masker.push(this.#first), masker.end()]);
  }

  failure(): string | undefined {
    return this.#masker?.failure();
  }

  summary(): MaskSummary {
    return this.#masker?.summary() ?? this.#inner.summary();
  }

  #choose(): BodyMasker {
    const isText = survey(this.#inner.scan, this.#first.subarray(0, sniffedBytes), false).bad === undefined;
    this.#masker = isText ? this.#inner.text() : new PassThrough();
    return this.#masker;
  }
}
