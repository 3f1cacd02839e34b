/** Undoes the compression of gRPC messages: each is compressed on its own, and its prefix says so. */
import { joined } from '../../bytes.ts';
import type { Codec, DecodeLimits, Decoder, Emit } from '../../ports.ts';
import { frameOf, GrpcFrames, messageOf } from './frames.ts';

/** The codings of `grpc-encoding` that are read; the rest of what `codec` reads has no name in gRPC. */
const messageCodings: ReadonlySet<string> = new Set(['identity', 'gzip', 'deflate']);

/**
 * A codec for bodies of gRPC: what it decodes is the same body with none of its messages compressed. A stream may last as long as it
 * likes, so the limit of bytes is one of each message, before and after.
 */
export const messageCodec = (codec: Codec, maxMessageBytes: number): Codec => ({
  reads: (coding) => messageCodings.has(coding),
  decoder: (coding, { maxRatio }) =>
    messageCodings.has(coding)
      ? new MessageInflater(codec, coding, { maxBytes: maxMessageBytes, maxRatio })
      : undefined,
  // One message may be small where the body is not.
  whole: () => undefined,
});

class MessageInflater implements Decoder {
  readonly #codec: Codec;
  readonly #coding: string;
  readonly #limits: DecodeLimits;
  readonly #frames: GrpcFrames;
  #inflating: Decoder | undefined;

  constructor(codec: Codec, coding: string, limits: DecodeLimits) {
    this.#codec = codec;
    this.#coding = coding;
    this.#limits = limits;
    this.#frames = new GrpcFrames(limits.maxBytes);
  }

  async push(chunk: Uint8Array, emit: Emit): Promise<void> {
    this.#frames.push(chunk);
    for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
      await emit(frame.compressed ? frameOf(await this.#inflate(messageOf(frame))) : frame.bytes);
    }
    const { fault } = this.#frames;
    if (fault !== undefined)
      throw new MessageError(fault === 'grpc_message_too_large' ? 'ERR_CODING_TOO_LARGE' : 'ERR_CODING_CORRUPT');
  }

  async end(): Promise<void> {
    if (this.#frames.keptBytes > 0) throw new MessageError('ERR_CODING_TRUNCATED');
  }

  close(): void {
    this.#inflating?.close();
  }

  async #inflate(message: Uint8Array): Promise<Uint8Array> {
    // Nothing is what nothing is compressed to by some senders.
    if (message.length === 0) return message;
    const whole = this.#codec.whole(this.#coding, message, this.#limits);
    if (whole !== undefined) return whole;
    const decoder = this.#codec.decoder(this.#coding, this.#limits);
    if (decoder === undefined) throw new MessageError('ERR_CODING_CORRUPT');
    this.#inflating = decoder;
    const parts: Uint8Array[] = [];
    const keep = (part: Uint8Array): undefined => {
      // The decoder uses its memory again.
      parts.push(part.slice());
    };
    try {
      await decoder.push(message, keep);
      await decoder.end(keep);
    } finally {
      decoder.close();
      this.#inflating = undefined;
    }
    return joined(parts);
  }
}

/** `code` as decoders have it (docs/errors.md). */
class MessageError extends Error {
  readonly code: 'ERR_CODING_TOO_LARGE' | 'ERR_CODING_CORRUPT' | 'ERR_CODING_TRUNCATED';

  constructor(code: MessageError['code']) {
    super(code);
    this.code = code;
  }
}
