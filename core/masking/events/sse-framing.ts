/**
 * Cuts an event stream (WHATWG HTML, "Server-sent events") into blocks: the lines between two blank lines. Works on bytes and
 * ends a block with the first byte of its blank line, so that neither the limit nor the moment depends on chunks. Lines may
 * end with LF, CR or CRLF.
 */
import { joined } from '../../bytes.ts';

const lf = 0x0a;
const cr = 0x0d;

export class BlockFraming {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #length = 0;
  #lineIsEmpty = true;
  #afterCr = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Complete blocks of this chunk, in order. `tooLong` ends the stream: nothing behind it is read. */
  push(chunk: Uint8Array): { readonly blocks: readonly Uint8Array[]; readonly tooLong: boolean } {
    const blocks: Uint8Array[] = [];
    let from = 0;
    let nextCr = endOf(chunk, cr, 0);
    for (let at = 0; at < chunk.length; ) {
      if (chunk[at] === lf && this.#afterCr) {
        this.#afterCr = false;
        // The LF of a CRLF whose CR ended a block belongs to nobody.
        if (this.#length === 0 && from === at) from = at + 1;
        at++;
        continue;
      }
      if (nextCr < at) nextCr = endOf(chunk, cr, at);
      const end = Math.min(endOf(chunk, lf, at), nextCr);
      if (end > at) this.#lineIsEmpty = false;
      if (end === chunk.length) {
        this.#afterCr = false;
        break;
      }
      this.#afterCr = chunk[end] === cr;
      at = end + 1;
      if (!this.#lineIsEmpty) {
        this.#lineIsEmpty = true;
        continue;
      }
      if (this.#length + end - from > this.#maxBytes) return { blocks, tooLong: true };
      const block = this.#take(chunk.subarray(from, end));
      if (block.length > 0) blocks.push(block);
      from = at;
    }
    if (this.#length + chunk.length - from > this.#maxBytes) return { blocks, tooLong: true };
    if (from < chunk.length) this.#keep(chunk.slice(from));
    return { blocks, tooLong: false };
  }

  /** Something stands behind the last blank line: the stream was cut. */
  get isIncomplete(): boolean {
    return this.#length > 0;
  }

  #keep(part: Uint8Array): void {
    this.#parts.push(part);
    this.#length += part.length;
  }

  /** May alias the chunk. */
  #take(last: Uint8Array): Uint8Array {
    if (this.#length === 0) return last;
    const block = joined([...this.#parts, last]);
    this.#parts = [];
    this.#length = 0;
    return block;
  }
}

function endOf(bytes: Uint8Array, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from);
  return at < 0 ? bytes.length : at;
}
