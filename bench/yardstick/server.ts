/**
 * THE YARDSTICK. FROZEN: a yardstick that gets faster is no yardstick.
 *
 * A pair of gRPC servers that do nothing, as somebody would write them first: grpc-js with its defaults (channelz on), messages
 * loaded by proto-loader with the options of its own README and decoded into plain objects, a handler on 'data'. In it is only
 * what Envoy needs to work at all: health, a message size, and HTTP/2 reset limits that its way of ending streams does not trip.
 * Change it only if it does not run any more, and then say in bench/README.md that results before and after do not compare.
 * It shares no code with the services on purpose: what makes them faster must not reach here.
 */
import http2 from 'node:http2';
import { fileURLToPath } from 'node:url';
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { HealthImplementation } from 'grpc-health-check';

const { createServer } = http2;
http2.createServer = ((options: http2.ServerOptions, ...rest: readonly never[]) =>
  createServer(
    { ...options, streamResetBurst: 1_000_000, streamResetRate: 1_000_000 },
    ...rest,
  )) as typeof createServer;

const protos = fileURLToPath(new URL('../../protos/', import.meta.url));

export function loadService(file: string, name: string): ServiceDefinition {
  const definition = loadSync(file, {
    includeDirs: [protos],
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  const service = definition[name];
  if (service === undefined || 'format' in service) throw new Error(`${file} has no service ${name}`);
  return service;
}

/** Serves on a free loopback port and says so in one line on stdout, as the services do. */
export function serve(name: string, service: ServiceDefinition, implementation: UntypedServiceImplementation): void {
  const server = new Server({ 'grpc.max_receive_message_length': 16 * 1024 * 1024 });
  server.addService(service, implementation);
  new HealthImplementation({ '': 'SERVING', [name]: 'SERVING' }).addToServer(server);
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    console.log(JSON.stringify({ listen: `127.0.0.1:${port}` }));
  });
  process.on('SIGTERM', () => process.exit(0));
}
