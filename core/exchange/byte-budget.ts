import type { Timers } from '../ports.ts';

interface Waiter {
  readonly bytes: number;
  readonly admit: () => void;
}

/** Bytes of requests that this process may keep in memory at one time, over all exchanges. */
export class ByteBudget {
  readonly #maxBytes: number;
  #left: number;
  /** First come, first served among those who wait; who does not wait takes what is there. */
  readonly #waiting = new Set<Waiter>();

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

  /** The same, waiting for room. False: there was none in that time. */
  async takeWithin(bytes: number, waitMs: number, timers: Timers): Promise<boolean> {
    if (this.#waiting.size === 0 && this.take(bytes)) return true;
    return new Promise((resolve) => {
      const cancel = timers.after(waitMs, () => {
        this.#waiting.delete(waiter);
        resolve(false);
        this.#admit();
      });
      const waiter: Waiter = {
        bytes,
        admit: () => {
          cancel();
          resolve(true);
        },
      };
      this.#waiting.add(waiter);
    });
  }

  give(bytes: number): void {
    this.#left += bytes;
    this.#admit();
  }

  #admit(): void {
    for (const waiter of this.#waiting) {
      if (!this.take(waiter.bytes)) return;
      this.#waiting.delete(waiter);
      waiter.admit();
    }
  }
}

const firstBytes = 16 * 1024;

/**
 * Bytes of one request. They are copied: a chunk is a view into its whole gRPC message, so a caller who sends one byte at a
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

  /** `last`: nothing follows, so no room is made for it. */
  push(chunk: Uint8Array, last = false): 'taken' | 'too_large' | 'no_room' {
    const needed = this.#length + chunk.length;
    if (needed > this.#maxBytes) return 'too_large';
    if (needed > this.#bytes.length && !this.#grow(needed, last)) return 'no_room';
    this.#bytes.set(chunk, this.#length);
    this.#length = needed;
    return 'taken';
  }

  #grow(needed: number, last: boolean): boolean {
    const roomy = Math.min(this.#maxBytes, Math.max(needed, firstBytes, this.#bytes.length * 2));
    const capacity = last ? needed : roomy;
    if (!this.#budget.take(capacity - this.#bytes.length)) return false;
    const grown = new Uint8Array(capacity);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    return true;
  }

  get length(): number {
    return this.#length;
  }

  /** A view; valid until `clear` or `release`. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Empties it and keeps the room. */
  clear(): void {
    this.#length = 0;
  }

  /** Gives the room back. Safe to call twice. */
  release(): void {
    this.#budget.give(this.#bytes.length);
    this.#bytes = new Uint8Array(0);
    this.#length = 0;
  }
}
