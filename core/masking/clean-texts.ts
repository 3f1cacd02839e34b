import type { Detector } from './detector.ts';
import { KnownTexts } from './known-texts.ts';

const maxTexts = 1024;
const maxUnits = 256;

/** Texts in which a detector found nothing: the same paths, hosts and header values come with every call. */
export class CleanTexts {
  readonly #byDetector = new WeakMap<Detector, KnownTexts>();

  has(detector: Detector, text: string): boolean {
    return this.#byDetector.get(detector)?.has(text) ?? false;
  }

  add(detector: Detector, text: string): void {
    let texts = this.#byDetector.get(detector);
    if (texts === undefined) {
      texts = new KnownTexts(maxTexts, maxUnits);
      this.#byDetector.set(detector, texts);
    }
    texts.add(text);
  }
}
