import type { Context } from './context.ts';
import type { Beginnings } from './meanings.ts';

/** The places around the last one asked for that the same keys and words point to: most questions are about those. */
export class Stretch {
  readonly #context: Context;
  #from = 0;
  /** Behind the last of them; what is in front of `#from` is not known. */
  to = 0;
  /** Nothing points to any place in [#idleFrom, #from). */
  #idleFrom = 0;
  /** Bytes with which values there begin; undefined: it has to be asked for each place. */
  begins: Beginnings | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Other bytes: nothing is known any more. */
  reset(): void {
    this.#idleFrom = 0;
    this.#from = 0;
    this.to = 0;
  }

  /** The first place at or after `at` where anything has points, as `Context.next`; the stretch is then the one around it. */
  next(at: number): number {
    if (at >= this.#from ? at < this.to : at >= this.#idleFrom) return Math.max(at, this.#from);
    this.#idleFrom = at;
    this.#from = this.#context.next(at);
    this.to = this.#from === Number.POSITIVE_INFINITY ? this.#from : this.#context.activeTo(this.#from);
    this.begins = this.#from === Number.POSITIVE_INFINITY ? undefined : this.#context.onlyBeginnings(this.#from);
    return this.#from;
  }

  holds(at: number): boolean {
    return this.next(at) === at;
  }
}
