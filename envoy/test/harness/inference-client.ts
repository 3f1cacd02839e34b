/** A client of gRPC inference, as one would be written with grpc-js and the protos. */
import assert from 'node:assert/strict';
import { serviceOf } from '@countersign/adapters/grpc/inference.testing.ts';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { InferRequest, StreamResponse } from './inference-model.ts';

export const inference = serviceOf('inference.GRPCInferenceService');
export const serving = serviceOf('tensorflow.serving.PredictionService');
type Method = (typeof inference)[string] | undefined;

export const typed = (values: readonly string[], more: Partial<InferRequest> = {}): InferRequest => ({
  model_name: 'credit',
  inputs: [
    {
      name: 'note',
      datatype: 'BYTES',
      shape: [values.length],
      contents: { bytes_contents: values.map((value) => Buffer.from(value)) },
    },
  ],
  ...more,
});
export function rawText(...values: readonly string[]): Buffer {
  return Buffer.concat(
    values.map((value) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(value));
      return Buffer.concat([length, Buffer.from(value)]);
    }),
  );
}

export interface Outcome {
  readonly value: object | undefined;
  readonly error: ServiceError | null;
  readonly session: string;
  readonly trailers: Metadata;
}
export interface Conversation {
  readonly answers: StreamResponse[];
  readonly code: number;
  readonly session: string;
}

export class InferenceClient {
  readonly #client: Client;
  readonly #token: string;

  constructor(port: number, token: string, options: Readonly<Record<string, number>> = {}) {
    this.#token = token;
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.default_authority': 'grpc.bank.test',
      ...options,
    });
  }

  call(method: Method, message: object): Promise<Outcome> {
    assert.ok(method);
    return new Promise((resolve) => {
      let outcome: Pick<Outcome, 'value' | 'error'>;
      let session = '';
      const running = this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        message,
        this.#metadata(),
        (error, value) => {
          outcome = { error, value };
        },
      );
      running.on('metadata', (headers: Metadata) => {
        session = sessionIn(headers);
      });
      running.on('status', ({ metadata: trailers }) => {
        // The callback of a unary call comes before its status or in the same turn.
        setImmediate(() => resolve({ ...outcome, session: session || sessionIn(trailers), trailers }));
      });
    });
  }

  /** Sends each message when the one before was answered, and half-closes at the end. */
  async converse(method: Method, messages: readonly InferRequest[]): Promise<Conversation> {
    assert.ok(method);
    const { path, requestSerialize, responseDeserialize } = method;
    const stream = this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, this.#metadata());
    const answers: StreamResponse[] = [];
    let session = '';
    stream.on('metadata', (headers: Metadata) => {
      session = sessionIn(headers);
    });
    stream.on('error', () => undefined);
    const ended = new Promise<number>((resolve) => stream.on('status', ({ code }) => resolve(code)));
    for (const message of messages) {
      const answered = new Promise<boolean>((resolve) => {
        stream.once('data', (answer: StreamResponse) => resolve(answers.push(answer) > 0));
        ended.then(() => resolve(false));
      });
      stream.write(message);
      if (!(await answered)) return { answers, code: await ended, session };
    }
    stream.end();
    return { answers, code: await ended, session };
  }

  close(): void {
    this.#client.close();
  }

  #metadata(): Metadata {
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${this.#token}`);
    return metadata;
  }
}

const sessionIn = (metadata: Metadata): string => String(metadata.get('x-countersign-session')[0] ?? '');
