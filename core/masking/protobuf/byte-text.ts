/** Masks text that lies in bytes with a length in front: a protobuf string, an element of a tensor. */
import { decodeUtf8 } from '../../body/ijson.ts';
import type { Detector } from '../detector.ts';
import { blot } from '../hide.ts';
import { maskWhole } from '../lane.ts';
import type { Tally } from '../tally.ts';

const encoder = new TextEncoder();

export class ByteText {
  readonly #detector: Detector;
  readonly #tally: Tally;

  constructor(detector: Detector, tally: Tally) {
    this.#detector = detector;
    this.#tally = tally;
  }

  /** The same object when nothing is to be hidden. The result may have another length. */
  mask(bytes: Uint8Array): Uint8Array {
    const text = decodeUtf8(bytes);
    // An image in a BYTES tensor, text in UTF-16: nobody can say that there is no value in it.
    if (text === undefined) return this.#blot(bytes, 'bad_utf8');
    if (text.includes('\0')) return this.#blot(bytes, 'nul_byte');
    const masked = this.maskText(text);
    return masked === text ? bytes : encoder.encode(masked);
  }

  maskText(text: string): string {
    return maskWhole(this.#detector, this.#tally, text);
  }

  #blot(bytes: Uint8Array, reason: string): Uint8Array {
    this.#tally.fault(reason);
    return blot(bytes);
  }
}
