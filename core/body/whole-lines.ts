/** Lines that come in chunks: all that are whole go on at once, what is left of the last one waits. */
import { joined } from '../bytes.ts';

export const lineFeed = 0x0a;
const none = new Uint8Array(0);

export class WholeLines {
  #parts: Uint8Array[] = [];
  #keptBytes = 0;

  /** Of the line that is not whole. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Whole lines, each with its end; empty when none has come to it. May be a view of `chunk`. */
  push(chunk: Uint8Array): Uint8Array {
    const end = chunk.lastIndexOf(lineFeed) + 1;
    const begun = this.#parts;
    if (end > 0) {
      this.#parts = [];
      this.#keptBytes = 0;
    }
    if (end < chunk.length) this.#parts.push(chunk.slice(end));
    this.#keptBytes += chunk.length - end;
    if (end === 0) return none;
    const whole = chunk.subarray(0, end);
    return begun.length === 0 ? whole : joined([...begun, whole]);
  }

  /** The last line, which has no end. */
  rest(): Uint8Array {
    return joined(this.#parts);
  }
}
