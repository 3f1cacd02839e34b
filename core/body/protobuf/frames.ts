/**
 * Cuts a gRPC body into its messages: each has a prefix of one byte of flags and four of length, big-endian
 * (github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). Chunks may cut it anywhere.
 */
const prefixBytes = 5;
const none = new Uint8Array(0);

/** One message, with its prefix, in a row. */
export interface Frame {
  readonly bytes: Uint8Array;
  readonly compressed: boolean;
}

export const messageOf = (frame: Frame): Uint8Array => frame.bytes.subarray(prefixBytes);

/** A frame around a message that is not compressed. */
export function frameOf(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(prefixBytes + message.length);
  new DataView(bytes.buffer).setUint32(1, message.length);
  bytes.set(message, prefixBytes);
  return bytes;
}

export class GrpcFrames {
  /** Why nothing more comes out. */
  fault: string | undefined;
  readonly #maxBytes: number;
  #chunk: Uint8Array = none;
  #at = 0;
  /** A message that began in an earlier chunk: what is here of it. */
  #begun: Uint8Array = none;
  #filled = 0;

  /** `maxBytes`: of one message, as it is sent. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Take all frames with `next` before the next chunk. Nothing of `chunk` is kept as a view. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** undefined: the next message has not come to its end, or there is a fault. May be a view of the chunk. */
  next(): Frame | undefined {
    if (this.fault !== undefined) return undefined;
    return this.#filled === 0 ? this.#nextOfChunk() : this.#goOn();
  }

  /** Bytes that are kept, of a message that has not come to its end. */
  get keptBytes(): number {
    return this.#filled;
  }

  #nextOfChunk(): Frame | undefined {
    const rest = this.#chunk.subarray(this.#at);
    if (rest.length === 0) return undefined;
    const length = this.#lengthOf(rest, rest.length);
    if (this.fault !== undefined) return undefined;
    if (length !== undefined && rest.length >= length) {
      this.#at += length;
      return frameAt(rest.subarray(0, length));
    }
    this.#take(rest.length, length ?? prefixBytes);
    return undefined;
  }

  /** Fills what was begun: first its prefix, then, when its length is known, the rest. */
  #goOn(): Frame | undefined {
    if (this.#filled < prefixBytes) this.#take(prefixBytes - this.#filled, prefixBytes);
    const length = this.#lengthOf(this.#begun, this.#filled);
    if (length === undefined || this.fault !== undefined) return undefined;
    this.#take(length - this.#filled, length);
    if (this.#filled < length) return undefined;
    const bytes = this.#begun.subarray(0, length);
    this.#begun = none;
    this.#filled = 0;
    return frameAt(bytes);
  }

  #take(wanted: number, frameBytes: number): void {
    const part = this.#chunk.subarray(this.#at, this.#at + wanted);
    const needed = this.#filled + part.length;
    if (needed > this.#begun.length) {
      // What a prefix promises is not believed until it comes: five bytes must not take megabytes.
      const grown = new Uint8Array(Math.max(needed, Math.min(frameBytes, 2 * needed)));
      grown.set(this.#begun.subarray(0, this.#filled));
      this.#begun = grown;
    }
    this.#begun.set(part, this.#filled);
    this.#filled = needed;
    this.#at += part.length;
  }

  /** Of the frame that begins there, with its prefix; undefined: its prefix is not complete. */
  #lengthOf(bytes: Uint8Array, available: number): number | undefined {
    if (available < prefixBytes) return undefined;
    if ((bytes[0] ?? 0) > 1) this.fault = 'grpc_flags';
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
    if (length > this.#maxBytes) this.fault = 'grpc_message_too_large';
    return prefixBytes + length;
  }
}

const frameAt = (bytes: Uint8Array): Frame => ({ bytes, compressed: bytes[0] === 1 });
