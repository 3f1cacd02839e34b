import type { Hint } from '../context/hint.ts';
import type { Detector } from '../detector.ts';

/** Names repeat, row after row, event after event; a hostile body has more and longer ones than anybody should remember. */
const maxNames = 256;
const maxNameUnits = 256;

/** What names say of what is under them, for one body. */
export class Hints {
  readonly #detector: Detector;
  readonly #known = new Map<string, Hint | undefined>();

  constructor(detector: Detector) {
    this.#detector = detector;
  }

  /** undefined: nothing. */
  of(name: string): Hint | undefined {
    if (name === '') return undefined;
    if (this.#known.has(name)) return this.#known.get(name);
    const hint = this.#detector.hintOf(name);
    if (this.#known.size === maxNames) this.#known.clear();
    if (name.length <= maxNameUnits) this.#known.set(name, hint);
    return hint;
  }
}
