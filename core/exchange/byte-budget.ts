/** Bytes of requests that this process may keep in memory at one time, over all exchanges. */
export class ByteBudget {
  readonly #maxBytes: number;
  #left: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#left = maxBytes;
  }

  get usedBytes(): number {
    return this.#maxBytes - this.#left;
  }

  /** False: there is no room now, and nothing was taken. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

const firstBytes = 16 * 1024;

/**
 * One request's bytes. They are copied: a chunk is a view into its whole gRPC message, so a caller who sends one byte at a
 * time would otherwise make us keep a thousand bytes for each.
 */
export class RequestBuffer {
  readonly #budget: ByteBudget;
  readonly #maxBytes: number;
  #bytes = new Uint8Array(0);
  #length = 0;

  constructor(maxBytes: number, budget: ByteBudget) {
    this.#maxBytes = maxBytes;
    this.#budget = budget;
  }

  push(chunk: Uint8Array): 'taken' | 'too_large' | 'no_room' {
    const needed = this.#length + chunk.length;
    if (needed > this.#maxBytes) return 'too_large';
    if (needed > this.#bytes.length && !this.#grow(needed)) return 'no_room';
    this.#bytes.set(chunk, this.#length);
    this.#length = needed;
    return 'taken';
  }

  #grow(needed: number): boolean {
    const capacity = Math.min(this.#maxBytes, Math.max(needed, firstBytes, this.#bytes.length * 2));
    if (!this.#budget.take(capacity - this.#bytes.length)) return false;
    const grown = new Uint8Array(capacity);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    return true;
  }

  get length(): number {
    return this.#length;
  }

  /** A view; valid until `release`. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Gives the room back. Safe to call twice. */
  release(): void {
    this.#budget.give(this.#bytes.length);
    this.#bytes = new Uint8Array(0);
    this.#length = 0;
  }
}
