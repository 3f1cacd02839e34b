import { randomFillSync } from 'node:crypto';

/** One call into the operating system's generator for many small needs: for twelve bytes it costs as much as for thousands. */
export class RandomPool {
  readonly #pool: Buffer;
  #next: number;

  constructor(poolBytes = 4096) {
    this.#pool = Buffer.alloc(poolBytes);
    this.#next = poolBytes;
  }

  /** Copies `length` fresh bytes to the start of `target`. No byte is handed out twice, and none stays here once it was. */
  fill(target: Uint8Array, length: number): void {
    const end = this.#next + length;
    if (end > this.#pool.length) {
      randomFillSync(this.#pool);
      this.#next = 0;
      if (length > this.#pool.length) throw new RangeError('more random bytes than the pool holds');
    }
    const from = this.#next;
    this.#next += length;
    target.set(this.#pool.subarray(from, this.#next));
    this.#pool.fill(0, from, this.#next);
  }

  /** One byte, 0 to 255. */
  byte(): number {
    if (this.#next >= this.#pool.length) {
      randomFillSync(this.#pool);
      this.#next = 0;
    }
    const byte = this.#pool[this.#next] ?? 0;
    this.#pool[this.#next++] = 0;
    return byte;
  }
}
