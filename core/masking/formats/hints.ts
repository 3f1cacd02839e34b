import type { Hint } from '../context/hint.ts';
import type { Detector } from '../detector.ts';

/** Names repeat, row after row; a hostile document has more of them than anybody should remember. */
const maxNames = 256;

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
    if (this.#known.size === maxNames) this.#known.clear();
    const hint = this.#detector.hintOf(name);
    this.#known.set(name, hint);
    return hint;
  }
}
