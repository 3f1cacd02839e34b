const maxTexts = 64;
const maxChars = 64;

/** Short texts of one stream in which nothing was found. */
export class KnownTexts {
  readonly #texts = new Set<string>();

  has(text: string): boolean {
    return this.#texts.has(text);
  }

  /** Ever new ones empty it now and then, which costs a search each. */
  add(text: string): void {
    if (text.length > maxChars) return;
    if (this.#texts.size >= maxTexts) this.#texts.clear();
    this.#texts.add(text);
  }
}
