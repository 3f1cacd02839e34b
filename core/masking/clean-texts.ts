import type { Detector } from './detector.ts';

const maxTexts = 1024;
const maxCharacters = 256;

/**
 * Short texts in which a detector found nothing: the same paths, hosts and header values come with every call. What held a value
 * is never kept, so that no value outlives its exchange here.
 */
export class CleanTexts {
  readonly #byDetector = new WeakMap<Detector, Set<string>>();

  has(detector: Detector, text: string): boolean {
    return this.#byDetector.get(detector)?.has(text) ?? false;
  }

  /** A caller who sends ever new texts empties it now and then, which costs a scan each; it never grows. */
  add(detector: Detector, text: string): void {
    if (text.length > maxCharacters) return;
    const texts = this.#byDetector.get(detector) ?? new Set();
    if (texts.size >= maxTexts) texts.clear();
    texts.add(text);
    this.#byDetector.set(detector, texts);
  }
}
