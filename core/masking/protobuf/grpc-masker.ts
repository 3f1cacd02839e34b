/** Masks a gRPC body, message by message: each leaves when it has come whole. What cannot be read ends the output. */

import { type Frame, frameOf, GrpcFrames, messageOf } from '../../body/protobuf/frames.ts';
import type { Message } from '../../body/protobuf/schema.ts';
import { joined } from '../../bytes.ts';
import type { Inner } from '../formats/inner.ts';
import type { BodyMasker, MaskSummary } from '../masker.ts';
import { MessageMasker } from './message-masker.ts';

const empty = new Uint8Array(0);

export class GrpcMasker implements BodyMasker {
  readonly #schema: Message;
  readonly #frames: GrpcFrames;
  readonly #inner: Inner;
  readonly #messages: MessageMasker;
  #failure: string | undefined;

  /** `maxBytes`: of one message. It is kept until it is whole. */
  constructor(schema: Message, inner: Inner, maxBytes: number) {
    this.#schema = schema;
    this.#inner = inner;
    this.#frames = new GrpcFrames(maxBytes);
    this.#messages = new MessageMasker(inner);
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#failure !== undefined) return empty;
    this.#frames.push(chunk);
    const released: Uint8Array[] = [];
    for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
      const masked = this.#mask(frame);
      if (masked === undefined) break;
      released.push(masked);
    }
    if (this.#frames.fault !== undefined) this.#fail(this.#frames.fault);
    return released.length === 0 ? empty : joined(released);
  }

  end(): Uint8Array {
    if (this.#failure === undefined && this.#frames.keptBytes > 0) this.#fail('grpc_message_incomplete');
    return empty;
  }

  failure(): string | undefined {
    return this.#failure;
  }

  summary(): MaskSummary {
    return this.#inner.summary();
  }

  #mask(frame: Frame): Uint8Array | undefined {
    if (frame.compressed) return this.#fail('grpc_message_compressed');
    const message = messageOf(frame);
    const masked = this.#messages.mask(message, this.#schema);
    if (masked === undefined) return this.#fail(this.#messages.fault ?? 'protobuf_unreadable');
    return masked === message ? frame.bytes : frameOf(masked);
  }

  #fail(reason: string): undefined {
    this.#failure ??= reason;
    this.#inner.fault(reason);
    return undefined;
  }
}
