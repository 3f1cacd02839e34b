import type { BodyMasker, MaskSummary } from './masker.ts';

const empty = new Uint8Array(0);

/** Profile `none`: the bytes as they are. */
export class PassThrough implements BodyMasker {
  push(chunk: Uint8Array): Uint8Array {
    return chunk;
  }
  end(): Uint8Array {
    return empty;
  }
  failure(): undefined {
    return undefined;
  }
  summary(): MaskSummary {
    return { counts: {}, faults: [] };
  }
}

/** A body that cannot be read: no byte of it leaves. */
export class Withheld implements BodyMasker {
  readonly #reason: string;

  constructor(reason: string) {
    this.#reason = reason;
  }
  push(): Uint8Array {
    return empty;
  }
  end(): Uint8Array {
    return empty;
  }
  failure(): string {
    return this.#reason;
  }
  summary(): MaskSummary {
    return { counts: {}, faults: [this.#reason] };
  }
}
