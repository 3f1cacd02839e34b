import { plainBytes } from '@countersign/core/bytes.ts';
import type { Decoder, Emit } from '@countersign/core/ports.ts';
import { codeOf, DecodeError, type DecodeErrorCode, type DecodeLimits, overLimit } from './decode-error.ts';
import { type Decompressor, deflateBy, deflateHeaderBytes, type Format } from './formats.ts';

/** A body of many small frames costs a decompressor for each that shares a chunk with the next. */
const maxFrames = 1024;
/** For all of one body, without the time in which its output is taken. What may be decoded takes a second; a decompressor that hangs takes for ever. */
const usualDecodeMs = 30_000;

/**
 * One coded body. Output of a chunk is complete when `push` resolves, so an event that the sender flushed is not delayed; and it
 * is handed over in pieces of one buffer, each only when the one before was taken, so a chunk that expands to gigabytes never
 * lies in memory. The first failure is final.
 */
export class StreamDecoder implements Decoder {
  readonly #format: Format;
  readonly #limits: DecodeLimits;
  readonly #maxDecodeMs: number;
  #decodeMs = 0;
  #decompressor: Decompressor;
  #frames = 1;
  #received = 0;
  #decoded = 0;
  #ended = false;
  #failure: DecodeError | undefined;
  /** Continues the call that waits for the decompressor. */
  #wake: (() => void) | undefined;

  constructor(format: Format, limits: DecodeLimits, maxDecodeMs = usualDecodeMs) {
    this.#format = format;
    this.#limits = limits;
    this.#maxDecodeMs = maxDecodeMs;
    this.#decompressor = this.#open();
  }

  #open(): Decompressor {
    const decompressor = this.#format.open();
    const wake = (): void => this.#wake?.();
    decompressor.on('readable', wake);
    decompressor.on('end', () => {
      // Of a frame that is behind us: its end is not the body's.
      if (this.#decompressor !== decompressor) return;
      this.#ended = true;
      wake();
    });
    decompressor.on('error', (error) => this.#fail(codeOf(error)));
    this.#ended = false;
    return decompressor;
  }

  async push(chunk: Uint8Array, emit: Emit): Promise<void> {
    this.#received += chunk.length;
    let rest = chunk;
    while (rest.length > 0) {
      const consumed = await this.#write(rest, emit);
      rest = rest.subarray(consumed);
      if (rest.length > 0) this.#nextFrame(consumed);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** How many of these bytes belong to what is being decompressed. */
  async #write(chunk: Uint8Array, emit: Emit): Promise<number> {
    const decompressor = this.#decompressor;
    const before = decompressor.bytesWritten;
    let written = false;
    if (this.#failure === undefined) {
      decompressor.write(chunk, (error) => {
        written = true;
        // The callback learns of a failure before the error event does.
        if (error) this.#fail(codeOf(error));
        this.#wake?.();
      });
    }
    await this.#drainUntil(() => written, emit);
    return decompressor.bytesWritten - before;
  }

  /** Bytes that a decompressor did not want: the next frame where there may be one, else no part of this body. */
  #nextFrame(consumed: number): void {
    if (!this.#format.stopsBehindFrames) throw this.#fail('ERR_CODING_TRAILING_BYTES');
    if (consumed === 0 && this.#decompressor.bytesWritten === 0) throw this.#fail('ERR_CODING_CORRUPT');
    if (++this.#frames > maxFrames) throw this.#fail('ERR_CODING_FRAMES');
    this.#decompressor.destroy();
    this.#decompressor = this.#open();
  }

  async end(emit: Emit): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    // No byte at all is an empty body: a HEAD, a 204 with a stale header.
    if (this.#received === 0) return;
    // Not the callback of `end`: zlib calls it before it has looked whether the stream is complete.
    this.#decompressor.end();
    await this.#drainUntil(() => this.#ended, emit);
  }

  close(): void {
    this.#fail('ERR_CODING_CLOSED');
  }

  async #drainUntil(done: () => boolean, emit: Emit): Promise<void> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const part: unknown = this.#decompressor.read();
      if (part instanceof Uint8Array) {
        this.#count(part);
        const taken = emit(plainBytes(part));
        if (taken !== undefined) await taken;
      } else if (done()) return;
      else await this.#woken();
    }
  }

  #woken(): Promise<void> {
    const sinceMs = performance.now();
    return new Promise((resolve) => {
      const late = setTimeout(() => this.#fail('ERR_CODING_TIME'), Math.max(0, this.#maxDecodeMs - this.#decodeMs));
      this.#wake = () => {
        this.#wake = undefined;
        clearTimeout(late);
        this.#decodeMs += performance.now() - sinceMs;
        resolve();
      };
    });
  }

  #count(part: Uint8Array): void {
    this.#decoded += part.length;
    const over = overLimit(this.#received, this.#decoded, this.#limits);
    if (over !== undefined) throw this.#fail(over);
  }

  #fail(code: DecodeErrorCode): DecodeError {
    this.#failure ??= new DecodeError(code);
    this.#decompressor.destroy();
    this.#wake?.();
    return this.#failure;
  }
}

/** `deflate` says which of its two formats it is with its first bytes. */
export class DeflateDecoder implements Decoder {
  readonly #limits: DecodeLimits;
  #first: Uint8Array = new Uint8Array(0);
  #decoder: Decoder | undefined;
  #closed = false;

  constructor(limits: DecodeLimits) {
    this.#limits = limits;
  }

  async push(chunk: Uint8Array, emit: Emit): Promise<void> {
    if (this.#closed) throw new DecodeError('ERR_CODING_CLOSED');
    if (this.#decoder !== undefined) return this.#decoder.push(chunk, emit);
    this.#first = Buffer.concat([this.#first, chunk]);
    const [first, second] = this.#first;
    if (this.#first.length < deflateHeaderBytes || first === undefined || second === undefined) return;
    this.#decoder = new StreamDecoder(deflateBy(first, second), this.#limits);
    return this.#decoder.push(this.#first, emit);
  }

  async end(emit: Emit): Promise<void> {
    if (this.#closed) throw new DecodeError('ERR_CODING_CLOSED');
    if (this.#decoder !== undefined) return this.#decoder.end(emit);
    if (this.#first.length > 0) throw new DecodeError('ERR_CODING_TRUNCATED');
  }

  close(): void {
    this.#closed = true;
    this.#decoder?.close();
  }
}
