import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { raiseStreamResetLimits } from './http2-limits.ts';

export { status as grpcStatus } from '@grpc/grpc-js';

export interface GrpcServer {
  /** `host:port` as bound; the port is real even when 0 was asked for. */
  readonly listen: string;
  /** Health for the whole server ('') and the service's own name. */
  setServing(serving: boolean): void;
  /** Waits for calls in flight up to `timeoutMs`, then cuts what is left. */
  drain(timeoutMs: number): Promise<void>;
}

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
  return {
    listen: `${options.listen.slice(0, options.listen.lastIndexOf(':'))}:${port}`,
    setServing(serving) {
      const status = serving ? 'SERVING' : 'NOT_SERVING';
      health.setStatus('', status);
      health.setStatus(options.name, status);
    },
    drain(timeoutMs) {
      return new Promise((resolve) => {
        const cut = setTimeout(() => {
          // tryShutdown's callback does not come any more once sessions were destroyed (seen with grpc-js 1.14.7).
          server.forceShutdown();
          resolve();
        }, timeoutMs);
        server.tryShutdown(() => {
          clearTimeout(cut);
          resolve();
        });
      });
    },
  };
}
