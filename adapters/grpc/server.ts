import { setTimeout as pause } from 'node:timers/promises';
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { raiseStreamResetLimits } from './http2-limits.ts';

export { status as grpcStatus } from '@grpc/grpc-js';

export interface GrpcServer {
  /** `host:port` as bound; the port is real even when 0 was asked for. */
  readonly listen: string;
  /** Says SERVING, for the whole server ('') and under the service's own name. */
  serve(): void;
  /**
   * Says NOT_SERVING and goes on taking calls for `delayMs`: Envoy sends them until its next health check. Closing at once
   * answered 150 of 1,179 calls of a rolling restart with 500.
   */
  withdraw(delayMs: number): Promise<void>;
  /** Takes no more calls, waits up to `timeoutMs` for those in flight, then cuts them. What they still have to do goes on. */
  drain(timeoutMs: number): Promise<void>;
}

/** From the cut of a connection to the end of its socket. */
const cutWithinMs = 2_000;
const loopback = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost):\d+$/;

/**
 * A gRPC server with health on one loopback address. Anything but loopback needs mTLS with Envoy's SAN pinned, which this
 * version does not have: refused instead of served in clear.
 */
export async function startGrpcServer(options: {
  readonly listen: string;
  readonly name: string;
  readonly service: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
  /** Largest message from Envoy; its body chunks are far smaller, header maps can be large. */
  readonly maxMessageBytes: number;
}): Promise<GrpcServer> {
  if (!loopback.test(options.listen)) {
    throw new Error(
      `${options.listen}: only loopback addresses are served (mutual TLS is not implemented in this version)`,
    );
  }
  raiseStreamResetLimits();
  const server = new Server({
    'grpc.max_receive_message_length': options.maxMessageBytes,
    'grpc.max_concurrent_streams': 100_000,
    'grpc.enable_channelz': 0,
  });
  server.addService(options.service, options.implementation);
  const health = new HealthImplementation({ '': 'NOT_SERVING', [options.name]: 'NOT_SERVING' });
  health.addToServer(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(options.listen, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const listen = `${options.listen.slice(0, options.listen.lastIndexOf(':'))}:${port}`;
  const report = (status: 'SERVING' | 'NOT_SERVING'): void => {
    for (const name of ['', options.name]) health.setStatus(name, status);
  };
  return {
    listen,
    serve: () => report('SERVING'),
    async withdraw(delayMs) {
      report('NOT_SERVING');
      if (delayMs > 0) await pause(delayMs);
    },
    async drain(timeoutMs) {
      // Not forceShutdown: without channelz grpc-js 1.14.7 does not count its sessions there, and cuts none (seen). And before
      // tryShutdown, as only the first to close a session waits for it.
      server.drain(listen, timeoutMs);
      const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      // A socket that does not even die then is the process's end to take: the ledger is not to wait for it.
      await Promise.race([closed, pause(timeoutMs + cutWithinMs, undefined, { ref: false })]);
    },
  };
}
