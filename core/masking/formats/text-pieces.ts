/** Bytes that come in chunks as text, cut where characters end. Text in front of a bad byte comes out whatever the chunks. */
import { joined } from '../../bytes.ts';
import type { TextScan } from '../../ports.ts';
import { survey } from '../survey.ts';

export interface TextPiece {
  readonly text: string;
  /** From here on the body is not text: why, and the bytes of this chunk that are none. */
  readonly bad: { readonly reason: 'bad_utf8' | 'nul_byte'; readonly bytes: Uint8Array } | undefined;
}

const empty = new Uint8Array(0);

export class TextPieces {
  readonly #scan: TextScan;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** The beginning of a character that a chunk cut. */
  #tail: Uint8Array = empty;

  constructor(scan: TextScan) {
    this.#scan = scan;
  }

  push(chunk: Uint8Array): TextPiece {
    const bytes = this.#tail.length === 0 ? chunk : joined([this.#tail, chunk]);
    const { readable, bad } = survey(this.#scan, bytes, false);
    this.#tail = bytes.slice(readable);
    return {
      text: this.#decoder.decode(bytes.subarray(0, readable)),
      bad: bad && { reason: bad, bytes: this.#tail },
    };
  }

  /** What the end of the body cuts. */
  end(): Uint8Array {
    return this.#tail;
  }
}
