import { plainBytes } from '../bytes.ts';
import type { BodyMasker, MaskSummary } from './masker.ts';

/** A masker that may be handed Buffers: what it keeps of a chunk with `slice` would alias it, and be written over with it. */
export class PlainInput implements BodyMasker {
  readonly #masker: BodyMasker;

  constructor(masker: BodyMasker) {
    this.#masker = masker;
  }
  push(chunk: Uint8Array): Uint8Array {
    return this.#masker.push(plainBytes(chunk));
  }
  get isBusy(): boolean {
    return this.#masker.isBusy === true;
  }
  end(): Uint8Array {
    return this.#masker.end();
  }
  failure(): string | undefined {
    return this.#masker.failure();
  }
  summary(): MaskSummary {
    return this.#masker.summary();
  }
}
