/** The end of a server as a gRPC client sees it. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Client, type ClientDuplexStream, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import type { StreamListener } from './direct-calls.ts';
import { processPath } from './methods.ts';
import type { ProcessCall } from './process-stream.ts';
import { startGrpcServer } from './server.ts';

const name = 'envoy.service.ext_proc.v3.ExternalProcessor';
const asIs = (bytes: Buffer): Buffer => bytes;
const nothing = (): void => undefined;
/** Takes everything and answers nothing. */
const reading = (call: ProcessCall, close = nothing): StreamListener => ({
  start: () => call.startRead(),
  receive: () => call.startRead(),
  close,
});
const end = { code: status.OK, details: '' };

async function stage(t: TestContext, serve: (call: ProcessCall) => StreamListener) {
  const server = await startGrpcServer({
    listen: '127.0.0.1:0',
    socketAccess: 'owner',
    name,
    method: { kind: 'stream', path: processPath, serve },
    maxMessageBytes: 1 << 20,
  });
  const client = new Client(server.listen, credentials.createInsecure());
  t.after(async () => {
    client.close();
    await server.drain(0);
  });
  const open = () => client.makeBidiStreamRequest<Buffer, Buffer>(processPath, asIs, asIs);
  return { server, client, open };
}

/** The status a call ends with. */
const statusOf = (call: ClientDuplexStream<Buffer, Buffer>): Promise<number> =>
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
  const { server, client, open } = await stage(t, (call) => reading(call, () => call.sendStatus(end)));
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
  const begun = Promise.withResolvers<ProcessCall>();
  const { server, open } = await stage(t, (call) => {
    begun.resolve(call);
    return reading(call);
  });
  const ended = statusOf(open());
  const call = await begun.promise;
  const drained = server.drain(60_000);
  const refused = new Client(server.listen, credentials.createInsecure());
  t.after(() => refused.close());
  await assert.rejects(check(refused), { code: status.UNAVAILABLE });
  call.sendStatus(end);
  assert.equal(await ended, status.OK);
  await drained;
});

test('a drain that is over cuts what is left: the client sees an error, and the handler hears of it', async (t) => {
  const begun = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const { server, open } = await stage(t, (call) => {
    begun.resolve();
    return reading(call, closed.resolve);
  });
  const ended = statusOf(open());
  await begun.promise;
  await server.drain(1);
  await closed.promise;
  assert.notEqual(await ended, status.OK);
});

test('drained twice is drained once', async (t) => {
  const { server } = await stage(t, reading);
  await Promise.all([server.drain(1), server.drain(1)]);
});

const method = { kind: 'stream', path: processPath, serve: reading } as const;
const unserved = { name, method, maxMessageBytes: 1 };
for (const listen of ['0.0.0.0:0', '10.0.0.1:9191', '[::]:9191', 'example.com:1'])
  test(`${listen} is not served in clear`, async () => {
    await assert.rejects(startGrpcServer({ listen, socketAccess: 'owner', ...unserved }), /in clear only loopback/);
  });
for (const listen of ['localhost', '/run/x.sock', 'unix:', 'unix://x', 'unix:/x/'])
  test(`${listen} is no address`, async () => {
    await assert.rejects(startGrpcServer({ listen, socketAccess: 'owner', ...unserved }), /is not HOST:PORT/);
  });
