import { setTimeout as pause } from 'node:timers/promises';

/**
 * Work that has begun and is not over. A server that has closed its streams has not ended what ran behind them: each of these
 * still has a record to write, so a ledger closes after them.
 */
export class InFlight {
  readonly #running = new Set<Promise<unknown>>();

  /** Counts `work` until it settles. How it ends is its owner's to handle. */
  track(work: Promise<unknown>): void {
    this.#running.add(work);
    const over = (): void => void this.#running.delete(work);
    work.then(over, over);
  }

  /** Resolves when all is over, also what began meanwhile; after `limitMs` anyway. Gives the number of what is not over. */
  async settled(limitMs: number): Promise<number> {
    const limit = new AbortController();
    let late = false;
    const patience = pause(limitMs, undefined, { signal: limit.signal }).then(
      () => {
        late = true;
      },
      () => undefined,
    );
    while (this.#running.size > 0 && !late) await Promise.race([Promise.allSettled(this.#running), patience]);
    limit.abort();
    return this.#running.size;
  }
}
