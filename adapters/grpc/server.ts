import { setTimeout as pause } from 'node:timers/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { type EnvoyListenerOptions, openEnvoyListener } from '../listen/envoy-listener.ts';
import { type DirectMethod, directCalls, serviceOf } from './direct-calls.ts';
import { raiseHttp2Limits } from './http2-limits.ts';

export { status as grpcStatus } from '@grpc/grpc-js';

export interface GrpcServer {
  /** `host:port` as bound, the port real even when 0 was asked for; or `unix:/path`. */
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

/**
 * A gRPC server with health, for Envoy alone. It does not listen itself: connections are handed to it once they are known to be
 * Envoy's (gRFC L114), so that no stranger is ever a session of it.
 */
export async function startGrpcServer(
  options: EnvoyListenerOptions & {
    readonly name: string;
    readonly method: DirectMethod;
    /** Largest message from Envoy; its body chunks are far smaller, header maps can be large. */
    readonly maxMessageBytes: number;
  },
): Promise<GrpcServer> {
  raiseHttp2Limits();
  const server = new Server({
    'grpc.max_receive_message_length': options.maxMessageBytes,
    'grpc.max_concurrent_streams': 100_000,
    'grpc.enable_channelz': 0,
    interceptors: [directCalls(options.method)],
  });
  const { definition, implementation } = serviceOf(options.method);
  server.addService(definition, implementation);
  const health = new HealthImplementation({ '': 'NOT_SERVING', [options.name]: 'NOT_SERVING' });
  health.addToServer(server);
  // TLS ends before it: to the server every connection is plain.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listening = await openEnvoyListener(options, (socket) => injector.injectConnection(socket));
  const report = (status: 'SERVING' | 'NOT_SERVING'): void => {
    for (const name of ['', options.name]) health.setStatus(name, status);
  };
  return {
    listen: listening.listen,
    serve: () => report('SERVING'),
    async withdraw(delayMs) {
      report('NOT_SERVING');
      if (delayMs > 0) await pause(delayMs);
    },
    async drain(timeoutMs) {
      // Ends when the last connection has: the injector's server counts none of its own.
      const closed = listening.close();
      // Not forceShutdown: without channelz grpc-js 1.14.7 does not count its sessions there, and cuts none (seen).
      injector.drain(timeoutMs);
      server.tryShutdown(() => undefined);
      // A socket that does not even die then is the process's end to take: the ledger is not to wait for it.
      await Promise.race([closed, pause(timeoutMs + cutWithinMs, undefined, { ref: false })]);
    },
  };
}
