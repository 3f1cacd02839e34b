/**
 * Cuts a gRPC body into its messages: each has a prefix of one byte of flags and four of length, big-endian
 * (github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). Chunks may cut it anywhere.
 */
import { Gather } from '../gather.ts';

const prefixBytes = 5;
const none = new Uint8Array(0);

/** One message, with its prefix, in a row. */
export interface Frame {
  readonly bytes: Uint8Array;
  readonly compressed: boolean;
}

export const messageOf = (frame: Frame): Uint8Array => messageIn(frame.bytes);
/** Behind the prefix. */
export const messageIn = (frame: Uint8Array): Uint8Array => frame.subarray(prefixBytes);

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
  /** A message that began in an earlier chunk. */
  readonly #begun = new Gather();

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
    return this.#begun.length === 0 ? this.#nextOfChunk() : this.#goOn();
  }

  /** Bytes that are kept, of a message that has not come to its end. */
  get keptBytes(): number {
    return this.#begun.length;
  }

  #nextOfChunk(): Frame | undefined {
    const rest = this.#chunk.subarray(this.#at);
    if (rest.length === 0) return undefined;
    const length = this.#lengthOf(rest);
    if (this.fault !== undefined) return undefined;
    if (length !== undefined && rest.length >= length) {
      this.#at += length;
      return frameAt(rest.subarray(0, length));
    }
    this.#take(length ?? prefixBytes);
    return undefined;
  }

  /** Fills what was begun: first its prefix, then, when its length is known, the rest. */
  #goOn(): Frame | undefined {
    this.#take(prefixBytes);
    const length = this.#lengthOf(this.#begun.view);
    if (length === undefined || this.fault !== undefined) return undefined;
    this.#take(length);
    if (this.#begun.length < length) return undefined;
    const frame = frameAt(this.#begun.view);
    this.#begun.clear();
    return frame;
  }

  #take(wanted: number): void {
    this.#at += this.#begun.fill(this.#chunk, this.#at, wanted);
  }

  /** Of the frame that begins there, with its prefix; undefined: its prefix is not complete. */
  #lengthOf(bytes: Uint8Array): number | undefined {
    if (bytes.length < prefixBytes) return undefined;
    if ((bytes[0] ?? 0) > 1) this.fault = 'grpc_flags';
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
    if (length > this.#maxBytes) this.fault = 'grpc_message_too_large';
    return prefixBytes + length;
  }
}

const frameAt = (bytes: Uint8Array): Frame => ({ bytes, compressed: bytes[0] === 1 });
