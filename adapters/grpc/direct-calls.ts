/**
 * Calls served below grpc-js' stream objects. For every call grpc-js makes a Duplex in object mode and drives it message by
 * message; a server interceptor that keeps the call for itself never gets there, and sees each message as it was read. Public
 * API only. What the stream object did is done here and in ProcessStream: reading on demand, waiting for flow control, one end.
 */
import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { ProcessCall } from './process-stream.ts';

/** What hears of a stream, in this order: `start` once, `receive` once per message that was asked for, `close` at least once. */
export interface StreamListener {
  /** The call has begun: it may be read from. */
  start(): void;
  receive(message: Buffer): void;
  /** Nothing more comes, and nothing can be sent: half-closed, cancelled, or its connection is dead. */
  close(): void;
}

/** One method, its messages as bytes. */
export type DirectMethod = { readonly path: string } & (
  | { readonly kind: 'stream'; readonly serve: (call: ProcessCall) => StreamListener }
  /** Rejects: the call ends INTERNAL, and the reason stays here. */
  | { readonly kind: 'unary'; readonly serve: (request: Buffer) => Promise<Buffer> }
);

/** As grpc-js wants to know of it. Its handler is not reached; if it ever were, the call would be refused. */
export function serviceOf(method: DirectMethod): {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
} {
  const streams = method.kind === 'stream';
  const definition = {
    path: method.path,
    requestStream: streams,
    responseStream: streams,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  const refuse = (call: { destroy?: (error: Error) => void }, reply?: (error: object) => void): void => {
    const error = Object.assign(new Error('not served directly'), { code: status.INTERNAL });
    if (reply === undefined) call.destroy?.(error);
    else reply(error);
  };
  return { definition: { [method.path]: definition }, implementation: { [method.path]: refuse } };
}

const same = (bytes: Buffer): Buffer => bytes;

/** For the method given; every other one (health) is grpc-js' own business. */
export function directCalls(method: DirectMethod): ServerInterceptor {
  return ({ path }, next) => {
    if (path !== method.path) return new ServerInterceptingCall(next);
    return method.kind === 'stream' ? new DirectStream(next, method.serve) : new DirectUnary(next, method.serve);
  };
}

/** grpc-js hands `start` a listener that would make its stream object; it is never called. */
class DirectStream extends ServerInterceptingCall {
  readonly #next: ServerInterceptingCallInterface;
  readonly #serve: (call: ProcessCall) => StreamListener;

  constructor(next: ServerInterceptingCallInterface, serve: (call: ProcessCall) => StreamListener) {
    super(next);
    this.#next = next;
    this.#serve = serve;
  }

  override start(): void {
    let stream: StreamListener | undefined;
    this.#next.start({
      // Not before: of a call that is over by now grpc-js says nothing at all, and what was served would wait for ever.
      onReceiveMetadata: () => {
        stream = this.#serve(this.#next);
        stream.start();
      },
      onReceiveMessage: (message: Buffer) => stream?.receive(message),
      onReceiveHalfClose: () => stream?.close(),
      onCancel: () => stream?.close(),
    });
  }
}

/** One request, one response. */
class DirectUnary extends ServerInterceptingCall {
  readonly #next: ServerInterceptingCallInterface;
  readonly #serve: (request: Buffer) => Promise<Buffer>;
  #request: Buffer | undefined;

  constructor(next: ServerInterceptingCallInterface, serve: (request: Buffer) => Promise<Buffer>) {
    super(next);
    this.#next = next;
    this.#serve = serve;
  }

  override start(): void {
    const next = this.#next;
    next.start({
      onReceiveMetadata: () => next.startRead(),
      onReceiveMessage: (message: Buffer) => {
        // A second message in a unary call is nobody's; with it the call is not the one that was decided about.
        if (this.#request !== undefined) {
          this.#fail('more than one request');
          return;
        }
        this.#request = message;
        next.startRead();
      },
      onReceiveHalfClose: () => this.#answer(),
      onCancel: () => undefined,
    });
  }

  #answer(): void {
    if (this.#request === undefined) this.#fail('no request');
    else
      this.#serve(this.#request).then(
        (response) => this.#next.sendMessage(response, () => this.#next.sendStatus(okStatus)),
        () => this.#fail('internal error'),
      );
  }

  #fail(details: string): void {
    this.#next.sendStatus({ code: status.INTERNAL, details });
  }
}

const okStatus = { code: status.OK, details: '' } as const;
