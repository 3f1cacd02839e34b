import { type Difference, exitCodeOf, type Reason } from './reasons.ts';

/** Of each reason the first few, so that no kind can hide behind another; the rest is counted. */
const maxPerReason = 20;

export class Tally {
  readonly #counts = new Map<Reason, number>();
  readonly #listed: Difference[] = [];
  readonly #onEach: (difference: Difference) => void;

  /** @param onEach told of every single one */
  constructor(onEach: (difference: Difference) => void) {
    this.#onEach = onEach;
  }

  add(difference: Difference): void {
    const count = (this.#counts.get(difference.reason) ?? 0) + 1;
    this.#counts.set(difference.reason, count);
    if (count <= maxPerReason) this.#listed.push(difference);
    this.#onEach(difference);
  }

  get counts(): ReadonlyMap<Reason, number> {
    return this.#counts;
  }

  get listed(): readonly Difference[] {
    return this.#listed;
  }

  get exitCode(): 0 | 1 {
    return exitCodeOf([...this.#counts.keys()]);
  }
}
