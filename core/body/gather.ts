/** Collects a number of bytes that come in pieces: a message, an element. What a length promises is not believed until it comes. */
const none = new Uint8Array(0);

export class Gather {
  #bytes: Uint8Array = none;
  #filled = 0;

  get length(): number {
    return this.#filled;
  }

  /** What has come. A view: it is good until `clear`. */
  get view(): Uint8Array {
    return this.#bytes.subarray(0, this.#filled);
  }

  /** Takes what is missing up to `wanted` bytes from `chunk`, beginning at `at`. How many it took. */
  fill(chunk: Uint8Array, at: number, wanted: number): number {
    const part = chunk.subarray(at, at + Math.max(0, wanted - this.#filled));
    const needed = this.#filled + part.length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, Math.min(wanted, 2 * needed)));
      grown.set(this.view);
      this.#bytes = grown;
    }
    this.#bytes.set(part, this.#filled);
    this.#filled = needed;
    return part.length;
  }

  /** What was given as a view is not written over. */
  clear(): void {
    this.#bytes = none;
    this.#filled = 0;
  }
}
