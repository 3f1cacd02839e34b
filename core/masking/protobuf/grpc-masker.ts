/** Masks a gRPC body, message by message: each leaves when it has come whole. What cannot be read ends the output. */

import { frameOf, GrpcFrames, messageIn } from '../../body/protobuf/frames.ts';
import type { Message } from '../../body/protobuf/schema.ts';
import { joined } from '../../bytes.ts';
import type { FieldPlace } from '../fields/field-place.ts';
import type { Inner } from '../formats/inner.ts';
import type { BodyMasker, MaskSummary } from '../masker.ts';
import { type Masking, MessageMasker, turnBytes } from './message-masker.ts';

const empty = new Uint8Array(0);

export class GrpcMasker implements BodyMasker {
  readonly #schema: Message;
  readonly #frames: GrpcFrames;
  readonly #inner: Inner;
  readonly #messages: MessageMasker;
  #failure: string | undefined;
  /** A message that takes more than a turn, what is done on it, and what was pushed meanwhile. */
  #frame: Uint8Array = empty;
  #message: Uint8Array = empty;
  #masking: Masking | undefined;
  #waiting: Uint8Array[] = [];

  /** `maxBytes`: of one message. It is kept until it is whole. */
  constructor(schema: Message, inner: Inner, maxBytes: number, fields?: FieldPlace) {
    this.#schema = schema;
    this.#inner = inner;
    this.#frames = new GrpcFrames(maxBytes);
    this.#messages = new MessageMasker(inner, fields);
  }

  get isBusy(): boolean {
    return this.#masking !== undefined;
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#failure !== undefined) return empty;
    if (this.#masking === undefined) this.#frames.push(chunk);
    else if (chunk.length > 0) this.#waiting.push(chunk.slice());
    return this.#advance(false);
  }

  end(): Uint8Array {
    const rest = this.#failure === undefined ? this.#advance(true) : empty;
    if (this.#failure === undefined && this.#frames.keptBytes > 0) this.#fail('grpc_message_incomplete');
    return rest;
  }

  failure(): string | undefined {
    return this.#failure;
  }

  summary(): MaskSummary {
    return this.#inner.summary();
  }

  /** What can be released after one turn, or after all that is left. */
  #advance(toTheEnd: boolean): Uint8Array {
    const released: Uint8Array[] = [];
    while (this.#failure === undefined && (this.#masking !== undefined || this.#begin())) {
      const turn = this.#masking?.next();
      if (turn?.done === false) {
        if (toTheEnd) continue;
        break;
      }
      this.#masking = undefined;
      this.#release(turn?.value, released);
    }
    return released.length === 0 ? empty : joined(released);
  }

  /** The next message that has come whole. */
  #begin(): boolean {
    let frame = this.#frames.next();
    while (frame === undefined && this.#frames.fault === undefined) {
      const chunk = this.#waiting.shift();
      if (chunk === undefined) return false;
      this.#frames.push(chunk);
      frame = this.#frames.next();
    }
    if (frame === undefined) return this.#fail(this.#frames.fault ?? 'grpc_frame');
    if (frame.compressed) return this.#fail('grpc_message_compressed');
    // A view of the chunk is good for this turn only.
    this.#frame = frame.bytes.length > turnBytes ? frame.bytes.slice() : frame.bytes;
    this.#message = messageIn(this.#frame);
    this.#masking = this.#messages.mask(this.#message, this.#schema);
    return true;
  }

  #release(masked: Uint8Array | undefined, released: Uint8Array[]): void {
    const frame = this.#frame;
    const message = this.#message;
    this.#frame = empty;
    this.#message = empty;
    if (masked === undefined) this.#fail(this.#messages.fault ?? 'protobuf_unreadable');
    else released.push(masked === message ? frame : frameOf(masked));
  }

  #fail(reason: string): false {
    this.#failure ??= reason;
    this.#inner.fault(reason);
    return false;
  }
}
