/** Bytes that come in chunks as text, cut where characters end. Text in front of a bad byte comes out whatever the chunks. */
import { joined } from '../../bytes.ts';
import { survey } from '../survey.ts';

export interface TextPiece {
  readonly text: string;
  /** From here on the body is not text: why, and the bytes of this chunk that are none. */
  readonly bad: { readonly reason: 'bad_utf8' | 'nul_byte'; readonly bytes: Uint8Array } | undefined;
}

const empty = new Uint8Array(0);

export class TextPieces {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** The beginning of a character that a chunk cut. */
  #tail: Uint8Array = empty;

  push(chunk: Uint8Array): TextPiece {
    const bytes = this.#tail.length === 0 ? chunk : joined([this.#tail, chunk]);
    const { bad, whole } = survey(bytes, 0);
    const end = bad?.at ?? whole;
    this.#tail = bytes.slice(end);
    return {
      text: this.#decoder.decode(bytes.subarray(0, end)),
      bad: bad && { reason: bad.reason, bytes: this.#tail },
    };
  }

  /** What the end of the body cuts. */
  end(): Uint8Array {
    return this.#tail;
  }
}
