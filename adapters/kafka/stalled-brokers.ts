/**
 * Brokers that have had nothing to bring for a while. A place without a message looks like that. A broker that is only slow does not:
 * its fetch has not ended, however many others have come back empty meanwhile.
 */
export class StalledBrokers {
  readonly #fetches: number;
  readonly #ms: number;
  readonly #nowMs: () => number;
  readonly #counts = new Map<number, number>();
  #sinceMs: number;

  /** @param stall fetches of one broker that brought nothing, and how long that went on */
  constructor(stall: { readonly fetches: number; readonly ms: number }, nowMs: () => number) {
    this.#fetches = stall.fetches;
    this.#ms = stall.ms;
    this.#nowMs = nowMs;
    this.#sinceMs = nowMs();
  }

  /** Something came. */
  moved(): void {
    this.#counts.clear();
    this.#sinceMs = this.#nowMs();
  }

  /** One that began before something came says nothing of what is left. */
  fetched({ nodeId, duration }: { readonly nodeId: number; readonly duration: number }): void {
    if (this.#nowMs() - duration < this.#sinceMs) return;
    this.#counts.set(nodeId, (this.#counts.get(nodeId) ?? 0) + 1);
  }

  has(nodeId: number): boolean {
    return (this.#counts.get(nodeId) ?? 0) >= this.#fetches && this.#nowMs() - this.#sinceMs >= this.#ms;
  }

  get isAny(): boolean {
    return [...this.#counts.keys()].some((nodeId) => this.has(nodeId));
  }
}
