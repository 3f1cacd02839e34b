/** Short texts in which nothing was found. What held a value is never kept, so that no value outlives its exchange here. */
export class KnownTexts {
  readonly #maxTexts: number;
  readonly #maxUnits: number;
  readonly #texts = new Set<string>();

  constructor(maxTexts: number, maxUnits: number) {
    this.#maxTexts = maxTexts;
    this.#maxUnits = maxUnits;
  }

  has(text: string): boolean {
    return this.#texts.has(text);
  }

  /** Whoever sends ever new ones empties it now and then, which costs a search each; it never grows. */
  add(text: string): void {
    if (text.length > this.#maxUnits) return;
    if (this.#texts.size >= this.#maxTexts) this.#texts.clear();
    this.#texts.add(text);
  }
}
