/** The Codec port on node:zlib: identity and gzip. Every other coding is undefined, so that its body is refused. */
import { constants, createGunzip } from 'node:zlib';
import type { Codec, Decoder } from '@countersign/core/ports.ts';

/** `message` is the code: what a record may say of it. */
export class DecodeError extends Error {
  readonly code: DecodeErrorCode;

  constructor(code: DecodeErrorCode) {
    super(code);
    this.name = 'DecodeError';
    this.code = code;
  }
}
export type DecodeErrorCode =
  | 'ERR_CODING_CORRUPT'
  | 'ERR_CODING_TRUNCATED'
  | 'ERR_CODING_TRAILING_BYTES'
  | 'ERR_CODING_TOO_LARGE'
  | 'ERR_CODING_EXPANSION'
  | 'ERR_CODING_CLOSED';

interface Limits {
  readonly maxBytes: number;
  readonly maxRatio: number;
}

export function createCodec(): Codec {
  return {
    reads: (coding) => decoders.has(nameOf(coding)),
    decoder: (coding, limits) => decoders.get(nameOf(coding))?.(limits),
  };
}

const nameOf = (coding: string): string => coding.trim().toLowerCase();
const identity = (limits: Limits): Decoder => new IdentityDecoder(limits.maxBytes);
const gzip = (limits: Limits): Decoder => new GzipDecoder(limits);
const decoders: ReadonlyMap<string, (limits: Limits) => Decoder> = new Map([
  ['', identity],
  ['identity', identity],
  ['gzip', gzip],
  ['x-gzip', gzip],
]);

const empty = new Uint8Array(0);

class IdentityDecoder implements Decoder {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }
  push(chunk: Uint8Array): Promise<Uint8Array> {
    this.#bytes += chunk.length;
    return this.#bytes > this.#maxBytes
      ? Promise.reject(new DecodeError('ERR_CODING_TOO_LARGE'))
      : Promise.resolve(chunk);
  }
  end(): Promise<Uint8Array> {
    return Promise.resolve(empty);
  }
  close(): void {}
}

/** Small bodies may be repetitive: the ratio counts only beyond this. */
const ratioFloorBytes = 64 * 1024;

/**
 * One gzip stream, members concatenated as RFC 1952 allows. Output of a chunk is complete when `push` resolves, so an event
 * that the sender flushed is not delayed. The first failure is final.
 */
class GzipDecoder implements Decoder {
  readonly #gunzip = createGunzip({ flush: constants.Z_SYNC_FLUSH });
  readonly #limits: Limits;
  #received = 0;
  #decoded = 0;
  #parts: Buffer[] = [];
  #failure: DecodeError | undefined;
  /** Rejects the call that is waiting. */
  #fail: ((error: DecodeError) => void) | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#gunzip.on('data', (part: Buffer) => this.#take(part));
    this.#gunzip.on('error', (error) => this.#abort(codeOf(error)));
  }

  push(chunk: Uint8Array): Promise<Uint8Array> {
    this.#received += chunk.length;
    if (chunk.length === 0) return this.#run((done) => done());
    return this.#run((done) => this.#gunzip.write(chunk, done));
  }

  end(): Promise<Uint8Array> {
    // No byte at all is an empty body: a HEAD, a 204 with a stale header.
    if (this.#received === 0) return this.#run((done) => done());
    // Not the callback of `end`: zlib calls it before it has looked whether the stream is complete.
    return this.#run((done) => {
      this.#gunzip.once('end', done);
      this.#gunzip.end();
    });
  }

  close(): void {
    this.#failure ??= new DecodeError('ERR_CODING_CLOSED');
    this.#gunzip.destroy();
    this.#fail?.(this.#failure);
  }

  #run(step: (done: (error?: Error | null) => void) => void): Promise<Uint8Array> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      step((error) => {
        // The callback learns of a failure before the error event does.
        if (error) this.#abort(codeOf(error));
        if (this.#failure === undefined) {
          // What zlib has finished but not yet handed over is read now, not in the next turn.
          while (this.#gunzip.read() !== null);
          this.#refuseTrailingBytes();
        }
        this.#fail = undefined;
        if (this.#failure === undefined) resolve(this.#drain());
        else reject(this.#failure);
      });
    });
  }

  /** zlib stops by itself behind the last member; bytes it did not want are no gzip. */
  #refuseTrailingBytes(): void {
    if (this.#gunzip.bytesWritten < this.#received) this.#abort('ERR_CODING_TRAILING_BYTES');
  }

  #take(part: Buffer): void {
    if (this.#failure !== undefined) return;
    this.#decoded += part.length;
    if (this.#decoded > this.#limits.maxBytes) this.#abort('ERR_CODING_TOO_LARGE');
    else if (this.#decoded > ratioFloorBytes && this.#decoded > this.#received * this.#limits.maxRatio) {
      this.#abort('ERR_CODING_EXPANSION');
    } else this.#parts.push(part);
  }

  #abort(code: DecodeErrorCode): void {
    if (this.#failure !== undefined) return;
    this.#failure = new DecodeError(code);
    this.#parts = [];
    this.#gunzip.destroy();
    this.#fail?.(this.#failure);
  }

  #drain(): Uint8Array {
    const parts = this.#parts;
    this.#parts = [];
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  }
}

const codeOf = (error: Error): DecodeErrorCode =>
  'code' in error && error.code === 'Z_BUF_ERROR' ? 'ERR_CODING_TRUNCATED' : 'ERR_CODING_CORRUPT';
