/** The coded formats of node:zlib, each as a stream and as one call. */
import type { Transform } from 'node:stream';
import {
  brotliDecompressSync,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  type ZstdOptions,
  zstdDecompressSync,
} from 'node:zlib';

/** `bytesWritten`: how much of its input the decompressor has wanted so far. */
export type Decompressor = Transform & { readonly bytesWritten: number };

export interface Format {
  /** What its sender has flushed comes out with the chunk that carries it. */
  readonly open: () => Decompressor;
  readonly whole: (bytes: Uint8Array, maxOutputLength: number) => Whole;
  /** Frames may follow each other, and the decompressor stops behind each. */
  readonly stopsBehindFrames: boolean;
}

export interface Whole {
  readonly bytes: Uint8Array;
  readonly consumedBytes: number;
}

const flushing = { flush: constants.Z_SYNC_FLUSH };
const sync = { info: true } as const;

/** What `info: true` returns; the types of Node promise the buffer alone. */
function withInfo(result: unknown): Whole {
  if (
    typeof result !== 'object' ||
    result === null ||
    !('buffer' in result && result.buffer instanceof Uint8Array) ||
    !('engine' in result && typeof result.engine === 'object' && result.engine !== null) ||
    !('bytesWritten' in result.engine && typeof result.engine.bytesWritten === 'number')
  ) {
    throw new TypeError('node:zlib did not say how much it read');
  }
  return { bytes: result.buffer, consumedBytes: result.engine.bytesWritten };
}

/** Members concatenated as RFC 1952 allows; zlib reads on by itself. */
export const gzip: Format = {
  open: () => createGunzip(flushing),
  whole: (bytes, maxOutputLength) => withInfo(gunzipSync(bytes, { ...sync, maxOutputLength })),
  stopsBehindFrames: false,
};

const zlibWrapped: Format = {
  open: () => createInflate(flushing),
  whole: (bytes, maxOutputLength) => withInfo(inflateSync(bytes, { ...sync, maxOutputLength })),
  stopsBehindFrames: false,
};

const rawDeflate: Format = {
  open: () => createInflateRaw(flushing),
  whole: (bytes, maxOutputLength) => withInfo(inflateRawSync(bytes, { ...sync, maxOutputLength })),
  stopsBehindFrames: false,
};

export const deflateHeaderBytes = 2;

/**
 * RFC 9110 §8.4.1.2 means zlib's format by `deflate`; some senders mean the raw one. As browsers do: two bytes that are a zlib
 * header (RFC 1950: method 8, a multiple of 31) are one.
 */
export function deflateBy(first: number, second: number): Format {
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0 ? zlibWrapped : rawDeflate;
}

/** Large windows (up to 1 GiB) stay off, which is the decoder's default: then a window has 16 MiB at most. */
export const brotli: Format = {
  open: () => createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH }),
  whole: (bytes, maxOutputLength) => withInfo(brotliDecompressSync(bytes, { ...sync, maxOutputLength })),
  stopsBehindFrames: false,
};

/** RFC 9659: over HTTP a window has 8 MiB at most. A frame may ask for 2 GiB in a dozen bytes. */
const zstdOptions: ZstdOptions = { params: { [constants.ZSTD_d_windowLogMax]: 23 } };

export const zstd: Format = {
  open: () => createZstdDecompress(zstdOptions),
  whole: (bytes, maxOutputLength) => withInfo(zstdDecompressSync(bytes, { ...sync, ...zstdOptions, maxOutputLength })),
  stopsBehindFrames: true,
};
