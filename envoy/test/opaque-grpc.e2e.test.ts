/** `api: opaque` on a real Envoy: gRPC in every form, with the client and server of grpc-js at either end. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { StoredRecord } from '@countersign/core/ledger/record.ts';
import {
  Client,
  credentials,
  Metadata,
  type Server,
  ServerCredentials,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { echo, grpcModel, same, seen } from './harness/grpc-model.ts';
import { until } from './harness/processes.ts';
import { at, ofSession, readTrail, terminalOf } from './harness/trail.ts';

const policy = `version: 1
endpoints:
  - name: inference-grpc
    match: { host: grpc.bank.test, path: "/test.Echo/*" }
    api: opaque
    model: { name: echo }
    mask: { request: none, response: none }
    record: { payload: digest }
    upstream: { credential: model-key }
rules:
  - { name: staff, match: { groups: [analysts] }, then: allow }
`;

let gateway: Gateway;
let token: string;
let model: Server;
let client: Client;
before(async () => {
  model = grpcModel();
  const port = await new Promise<number>((resolve, reject) =>
    model.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  gateway = await startTestGateway({
    policy,
    upstreams: [
      { name: 'grpc', domain: 'grpc.bank.test', prefix: '/', host: '127.0.0.1', port, tls: false, http2: true },
    ],
  });
  token = await gateway.issuer.token('ana', ['analysts']);
  client = new Client(`127.0.0.1:${gateway.port}`, credentials.createInsecure(), {
    'grpc.default_authority': 'grpc.bank.test',
    'grpc.max_receive_message_length': -1,
  });
});
after(async () => {
  client.close();
  await gateway.stop();
  model.forceShutdown();
});

const metadata = (by = token): Metadata => {
  const own = new Metadata();
  own.set('authorization', `Bearer ${by}`);
  return own;
};
interface Outcome {
  readonly value: Buffer | undefined;
  readonly error: ServiceError | null;
  readonly session: string;
  readonly trailers: Metadata;
}
function unary(body: Buffer, by?: string): Promise<Outcome> {
  return new Promise((resolve) => {
    let outcome: Pick<Outcome, 'value' | 'error'>;
    let session = '';
    const { path } = echo.Unary;
    const running = client.makeUnaryRequest(path, same, same, body, metadata(by), (error, value) => {
      outcome = { error, value };
    });
    running.on('metadata', (headers: Metadata) => {
      session = String(headers.get('x-countersign-session')[0] ?? '');
    });
    running.on('status', ({ metadata: trailers }) => {
      const own = String(trailers.get('x-countersign-session')[0] ?? '');
      // The callback of a unary call comes before its status or in the same turn.
      setImmediate(() => resolve({ ...outcome, session: session || own, trailers }));
    });
  });
}
const end = (session: string): StoredRecord => terminalOf(readTrail(gateway.ledger), session);
const types = (session: string): string[] => ofSession(readTrail(gateway.ledger), session).map(({ type }) => type);

test('unary: the message back, trailers back, the gateway’s own key, and a record that says nothing was read', async () => {
  const { value, session, trailers } = await unary(Buffer.from('SSN 536-22-8726'));
  assert.equal(`${value}`, 'SSN 536-22-8726');
  assert.deepEqual(trailers.get('x-model-cost'), ['7']);
  assert.equal(seen.at(-1)?.authorization, 'Bearer upstream-own-key');
  const closed = end(session);
  assert.equal(closed.type, 'session.closed');
  assert.equal(at(closed, 'endpoint', 'api'), 'opaque');
  assert.deepEqual(at(closed, 'masking', 'request'), { profile: 'none', of: 'nothing', counts: {}, faults: [] });
  assert.deepEqual(at(closed, 'masking', 'response'), { profile: 'none', of: 'nothing', counts: {}, faults: [] });
  assert.equal(at(closed, 'request', 'bytes'), 5 + 15);
  assert.equal(at(closed, 'request', 'complete'), true);
  assert.equal(at(closed, 'request', 'digest'), at(closed, 'request', 'forwarded_digest'));
  assert.equal(at(closed, 'request', 'copy'), undefined);
  assert.equal(at(closed, 'response', 'copy'), undefined);
  assert.deepEqual(types(session), ['session.opened', 'session.received', 'session.closed']);
});
test('unary that fails, trailers only: code and details as the model gave them', async () => {
  const { error, trailers } = await unary(Buffer.from('fail'));
  assert.equal(error?.code, status.RESOURCE_EXHAUSTED);
  assert.equal(error?.details, 'no room');
  assert.deepEqual(trailers.get('x-model-cost'), ['7']);
});
test('a caller whom no rule allows: PERMISSION_DENIED, and the model sees nothing', async () => {
  const before = seen.length;
  const { error } = await unary(Buffer.from('x'), await gateway.issuer.token('eve', ['guests']));
  assert.equal(error?.code, status.PERMISSION_DENIED);
  assert.equal(seen.length, before);
});
test('a bidirectional stream: each message is answered before the next is sent, the half-close comes last', async () => {
  const stream = client.makeBidiStreamRequest(echo.Both.path, same, same, metadata());
  let session = '';
  stream.on('metadata', (headers: Metadata) => {
    session = String(headers.get('x-countersign-session')[0]);
  });
  const ended = new Promise<number>((resolve) => stream.on('status', ({ code }) => resolve(code)));
  for (let index = 0; index < 50; index++) {
    const answered = new Promise<Buffer>((resolve) => stream.once('data', resolve));
    stream.write(Buffer.from(`message ${index}`));
    assert.equal(`${await answered}`, `message ${index}`);
  }
  assert.equal(seen.at(-1)?.halfClosed, false);
  stream.end();
  assert.equal(await ended, status.OK);
  assert.equal(seen.at(-1)?.halfClosed, true);
  const closed = end(session);
  assert.equal(at(closed, 'request', 'complete'), true);
  assert.equal(at(closed, 'request', 'digest'), at(closed, 'response', 'digest'), 'an echo');
});
test('the model ends while the caller still sends: its trailers arrive, the record says that the request was not complete', async () => {
  const stream = client.makeBidiStreamRequest(echo.Both.path, same, same, metadata());
  let session = '';
  stream.on('metadata', (headers: Metadata) => {
    session = String(headers.get('x-countersign-session')[0]);
  });
  stream.on('data', () => undefined);
  stream.on('error', () => undefined);
  const ended = new Promise<{ code: number; metadata: Metadata }>((resolve) => stream.on('status', resolve));
  stream.write(Buffer.from('one'));
  stream.write(Buffer.from('enough'));
  const { code, metadata: trailers } = await ended;
  assert.equal(code, status.OK);
  assert.deepEqual(trailers.get('x-model-cost'), ['8']);
  const closed = end(session);
  assert.equal(closed.type, 'session.closed');
  assert.equal(at(closed, 'request', 'complete'), false);
  assert.equal(at(closed, 'request', 'bytes'), 5 + 3 + 5 + 6);
  assert.deepEqual(types(session), ['session.opened', 'session.closed']);
  stream.cancel();
});
test('the caller cancels in the middle: the model’s stream is reset, the record says how far it came', async () => {
  const stream = client.makeBidiStreamRequest(echo.Both.path, same, same, metadata());
  let session = '';
  stream.on('metadata', (headers: Metadata) => {
    session = String(headers.get('x-countersign-session')[0]);
  });
  stream.on('error', () => undefined);
  const answered = new Promise<Buffer>((resolve) => stream.once('data', resolve));
  stream.write(Buffer.from('one'));
  await answered;
  stream.cancel();
  await until('the abort is recorded', () => types(session).includes('session.aborted'));
  assert.equal(at(end(session), 'request', 'bytes'), 8);
});
test('64 MiB of messages up: none lost, none kept', async () => {
  const message = randomBytes(1 << 20);
  const hash = createHash('sha256');
  const digest = await new Promise<Buffer>((resolve, reject) => {
    const stream = client.makeClientStreamRequest<Buffer, Buffer>(
      echo.Upload.path,
      same,
      same,
      metadata(),
      (error, value) => (value === undefined ? reject(error) : resolve(value)),
    );
    let sent = 0;
    const send = (): void => {
      while (sent < 64) {
        hash.update(message);
        sent++;
        if (!stream.write(message)) return void stream.once('drain', send);
      }
      stream.end();
    };
    send();
  });
  assert.ok(digest.equals(hash.digest()));
});
