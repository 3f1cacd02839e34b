/** The Codec port on node:zlib. A coding that is not in the table is undefined, so that its body is refused. */
import type { Codec, Decoder, Emit } from '@countersign/core/ports.ts';
import { codeOf, DecodeError, type DecodeLimits, overLimit } from './decode-error.ts';
import { brotli, deflateBy, deflateHeaderBytes, type Format, gzip, zstd } from './formats.ts';
import { DeflateDecoder, StreamDecoder } from './stream-decoder.ts';

export function createCodec(): Codec {
  return {
    reads: (coding) => codings.has(nameOf(coding)),
    decoder: (coding, limits) => codings.get(nameOf(coding))?.decoder(limits),
    whole: (coding, bytes, limits) => codings.get(nameOf(coding))?.whole(bytes, limits),
  };
}

interface Coding {
  decoder(limits: DecodeLimits): Decoder;
  whole(bytes: Uint8Array, limits: DecodeLimits): Uint8Array | undefined;
}

/**
 * The one coding of a Content-Encoding; `identity` in the list changes nothing. Two real ones, which nobody sends, would multiply
 * how far a body may expand, so such a list is no name of the table.
 */
function nameOf(list: string): string {
  const names = list
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  return names.length === 0 ? 'identity' : names.join(',');
}

/** Decoding in one call holds up every other exchange; what is larger than this takes the stream. */
const wholeMaxBytes = 256 * 1024;

const formatted = (format: Format): Coding => ({
  decoder: (limits) => new StreamDecoder(format, limits),
  whole: (bytes, limits) => decodeWhole(format, bytes, limits),
});

const identity: Coding = {
  decoder: (limits) => new IdentityDecoder(limits.maxBytes),
  whole: (bytes, limits) => {
    if (bytes.length > limits.maxBytes) throw new DecodeError('ERR_CODING_TOO_LARGE');
    return bytes;
  },
};

const deflate: Coding = {
  decoder: (limits) => new DeflateDecoder(limits),
  whole: (bytes, limits) => {
    const [first, second] = bytes;
    if (first === undefined) return bytes;
    if (bytes.length < deflateHeaderBytes || second === undefined) throw new DecodeError('ERR_CODING_TRUNCATED');
    return decodeWhole(deflateBy(first, second), bytes, limits);
  },
};

const codings: ReadonlyMap<string, Coding> = new Map([
  ['identity', identity],
  ['gzip', formatted(gzip)],
  ['x-gzip', formatted(gzip)],
  ['deflate', deflate],
  ['br', formatted(brotli)],
  ['zstd', formatted(zstd)],
]);

function decodeWhole(format: Format, bytes: Uint8Array, limits: DecodeLimits): Uint8Array | undefined {
  if (bytes.length === 0) return bytes;
  let decoded: Uint8Array;
  let consumedBytes: number;
  try {
    ({ bytes: decoded, consumedBytes } = format.whole(bytes, wholeMaxBytes));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    if (error instanceof Error && 'code' in error) throw new DecodeError(codeOf(error));
    throw error;
  }
  if (consumedBytes < bytes.length) {
    // There may be another frame; the stream finds out.
    if (format.stopsBehindFrames) return undefined;
    throw new DecodeError('ERR_CODING_TRAILING_BYTES');
  }
  const over = overLimit(bytes.length, decoded.length, limits);
  if (over !== undefined) throw new DecodeError(over);
  return decoded;
}

class IdentityDecoder implements Decoder {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }
  async push(chunk: Uint8Array, emit: Emit): Promise<void> {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) throw new DecodeError('ERR_CODING_TOO_LARGE');
    await emit(chunk);
  }
  async end(): Promise<void> {}
  close(): void {}
}
