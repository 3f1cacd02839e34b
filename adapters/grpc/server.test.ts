/** The end of a server as a gRPC client sees it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import {
  Client,
  type ClientDuplexStream,
  credentials,
  type ServerDuplexStream,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { externalProcessorService } from './codec.ts';
import { startGrpcServer } from './server.ts';
import type { WireProcessingRequest, WireProcessingResponse } from './wire.ts';

const name = 'envoy.service.ext_proc.v3.ExternalProcessor';
const { Process: method } = externalProcessorService;
type Call = ServerDuplexStream<WireProcessingRequest, WireProcessingResponse>;

async function stage(t: TestContext, handler: (call: Call) => void) {
  const server = await startGrpcServer({
    listen: '127.0.0.1:0',
    socketAccess: 'owner',
    name,
    service: externalProcessorService,
    implementation: { Process: handler },
    maxMessageBytes: 1 << 20,
  });
  const client = new Client(server.listen, credentials.createInsecure());
  t.after(async () => {
    client.close();
    await server.drain(0);
  });
  const open = () => client.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize);
  return { server, client, open };
}

/** The status a call ends with. */
const statusOf = (call: ClientDuplexStream<WireProcessingRequest, WireProcessingResponse>): Promise<number> =>
  new Promise((resolve) => {
    call.on('error', () => undefined).resume();
    call.on('status', ({ code }) => resolve(code));
  });

const check = (client: Client): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const { Check } = healthService;
    assert.ok(Check && 'path' in Check);
    client.makeUnaryRequest(
      Check.path,
      Check.requestSerialize,
      Check.responseDeserialize,
      { service: name },
      (error: ServiceError | null, answer: unknown) => (error === null ? resolve(answer) : reject(error)),
    );
  });

test('not serving until it is told to; after the withdrawal it says so, and still takes calls', async (t) => {
  const { server, client, open } = await stage(t, (call) => call.on('end', () => call.end()).resume());
  assert.deepEqual(await check(client), { status: 'NOT_SERVING' });
  server.serve();
  assert.deepEqual(await check(client), { status: 'SERVING' });
  await server.withdraw(0);
  assert.deepEqual(await check(client), { status: 'NOT_SERVING' });
  const call = open();
  call.end();
  assert.equal(await statusOf(call), status.OK);
});

test('a drain waits for the calls in flight, and takes no new ones', async (t) => {
  const begun = Promise.withResolvers<Call>();
  const { server, open } = await stage(t, (call) => begun.resolve(call.resume()));
  const ended = statusOf(open());
  const call = await begun.promise;
  const drained = server.drain(60_000);
  const refused = new Client(server.listen, credentials.createInsecure());
  t.after(() => refused.close());
  await assert.rejects(check(refused), { code: status.UNAVAILABLE });
  call.end();
  assert.equal(await ended, status.OK);
  await drained;
});

test('a drain that is over cuts what is left: the client sees an error, and the handler hears of it', async (t) => {
  const begun = Promise.withResolvers<Call>();
  const { server, open } = await stage(t, (call) => begun.resolve(call.resume()));
  const ended = statusOf(open());
  const cancelled = once(await begun.promise, 'cancelled');
  await server.drain(1);
  await cancelled;
  assert.notEqual(await ended, status.OK);
});

test('drained twice is drained once', async (t) => {
  const { server } = await stage(t, () => undefined);
  await Promise.all([server.drain(1), server.drain(1)]);
});

const unserved = { name, service: externalProcessorService, implementation: {}, maxMessageBytes: 1 };
for (const listen of ['0.0.0.0:0', '10.0.0.1:9191', '[::]:9191', 'example.com:1'])
  test(`${listen} is not served in clear`, async () => {
    await assert.rejects(startGrpcServer({ listen, socketAccess: 'owner', ...unserved }), /in clear only loopback/);
  });
for (const listen of ['localhost', '/run/x.sock', 'unix:', 'unix://x', 'unix:/x/'])
  test(`${listen} is no address`, async () => {
    await assert.rejects(startGrpcServer({ listen, socketAccess: 'owner', ...unserved }), /is not HOST:PORT/);
  });
