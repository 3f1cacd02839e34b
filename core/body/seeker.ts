/** Finds one character over and over in a text: what was found is kept, so that many records without it are one search. */
export class Seeker {
  readonly #text: string;
  readonly #unit: string;
  #found = -1;

  constructor(text: string, unit: string) {
    this.#text = text;
    this.#unit = unit;
  }

  /** Index of the first one at or after `at`, which never goes back; the length of the text when there is none. */
  from(at: number): number {
    if (this.#found < at) {
      const found = this.#text.indexOf(this.#unit, at);
      this.#found = found < 0 ? this.#text.length : found;
    }
    return this.#found;
  }
}
