/** Calls below grpc-js' stream objects, as a gRPC client sees them. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { Client, type ClientDuplexStream, credentials, type ServiceError, status } from '@grpc/grpc-js';
import type { DirectMethod, StreamListener } from './direct-calls.ts';
import type { ProcessCall } from './process-stream.ts';
import { startGrpcServer } from './server.ts';

const path = '/countersign.test/Call';
const asIs = (bytes: Buffer): Buffer => bytes;
const nothing = (): void => undefined;
const ok = { code: status.OK, details: '' };

async function stage(t: TestContext, method: DirectMethod) {
  const server = await startGrpcServer({
    listen: '127.0.0.1:0',
    socketAccess: 'owner',
    name: 'countersign.test',
    method,
    maxMessageBytes: 4 << 20,
  });
  const client = new Client(server.listen, credentials.createInsecure());
  t.after(async () => {
    client.close();
    await server.drain(0);
  });
  /** Any number of messages, whatever the method takes. */
  const open = (): ClientDuplexStream<Buffer, Buffer> => client.makeBidiStreamRequest(path, asIs, asIs);
  return { server, client, open };
}

interface Ended {
  readonly code: number;
  readonly details: string;
  readonly messages: readonly Buffer[];
}
const endOf = (call: ClientDuplexStream<Buffer, Buffer>): Promise<Ended> =>
  new Promise((resolve) => {
    const messages: Buffer[] = [];
    call.on('data', (message: Buffer) => messages.push(message)).on('error', nothing);
    call.on('status', ({ code, details }) => resolve({ code, details, messages }));
  });

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited++) {
    assert.ok(waited < 2_000, 'never came true');
    await new Promise((turn) => setTimeout(turn, 5));
  }
}

describe('a unary method', () => {
  const unary = (t: TestContext, serve: (request: Buffer) => Promise<Buffer>) =>
    stage(t, { kind: 'unary', path, serve });
  const call = (client: Client, message: Buffer): Promise<Buffer | ServiceError> =>
    new Promise((resolve) => {
      client.makeUnaryRequest(path, asIs, asIs, message, (error, answer) =>
        resolve(error ?? answer ?? Buffer.alloc(0)),
      );
    });
  const echo = async (request: Buffer): Promise<Buffer> => request;

  test('one message there, one back, also an empty one', async (t) => {
    const { client } = await unary(t, echo);
    for (const message of ['hello', ''])
      assert.deepEqual(await call(client, Buffer.from(message)), Buffer.from(message));
  });

  test('a handler that rejects: INTERNAL, and no word of the reason', async (t) => {
    const { client } = await unary(t, () => Promise.reject(new Error('the key is in /etc/keys')));
    const error = await call(client, Buffer.from('hello'));
    assert.ok('code' in error);
    assert.equal(error.code, status.INTERNAL);
    assert.equal(error.details, 'internal error');
  });

  for (const [what, count] of [
    ['two messages', 2],
    ['no message', 0],
  ] as const)
    test(`${what}: INTERNAL, and the handler is not asked`, async (t) => {
      let asked = 0;
      const { open } = await unary(t, (request) => {
        asked++;
        return echo(request);
      });
      const opened = open();
      const ended = endOf(opened);
      for (let index = 0; index < count; index++) opened.write(Buffer.from('hello'));
      opened.end();
      const { code, messages } = await ended;
      assert.equal(code, status.INTERNAL);
      assert.deepEqual([messages.length, asked], [0, 0]);
    });

  test('a message over the limit: an error, and the handler is not asked', async (t) => {
    const { client } = await unary(t, () => assert.fail('asked'));
    const error = await call(client, Buffer.alloc(5 << 20));
    assert.ok('code' in error && error.code === status.RESOURCE_EXHAUSTED);
  });

  test('a client that leaves before the answer: the answer goes nowhere, and the next call is served', async (t) => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<Buffer>();
    let isFirst = true;
    const { client, open } = await unary(t, (request) => {
      if (!isFirst) return echo(request);
      isFirst = false;
      asked.resolve();
      return answer.promise;
    });
    const opened = open();
    const ended = endOf(opened);
    opened.write(Buffer.from('hello'));
    opened.end();
    await asked.promise;
    opened.cancel();
    assert.equal((await ended).code, status.CANCELLED);
    // The cancellation has reached the server: it came on the same connection as this call.
    assert.deepEqual(await call(client, Buffer.from('next')), Buffer.from('next'));
    answer.resolve(Buffer.from('late'));
    assert.deepEqual(await call(client, Buffer.from('next')), Buffer.from('next'));
  });
});

describe('a stream method', () => {
  const streaming = (t: TestContext, serve: (call: ProcessCall) => StreamListener) =>
    stage(t, { kind: 'stream', path, serve });
  /** What a listener hears, in order. */
  function noting(heard: string[], onClose: () => void = nothing) {
    return (call: ProcessCall): StreamListener => ({
      start() {
        heard.push('start');
        call.startRead();
      },
      receive(message) {
        heard.push(message.toString());
        call.startRead();
      },
      close() {
        heard.push('close');
        onClose();
      },
    });
  }

  test('start, each message that was asked for, close at the half-close; the status may still follow', async (t) => {
    const heard: string[] = [];
    const { open } = await streaming(t, (call) => noting(heard, () => call.sendStatus(ok))(call));
    const opened = open();
    const ended = endOf(opened);
    for (const message of ['one', 'two', '']) opened.write(Buffer.from(message));
    opened.end();
    assert.equal((await ended).code, status.OK);
    // A second `close` may follow, when the call itself is over.
    assert.deepEqual(heard.slice(0, 5), ['start', 'one', 'two', '', 'close']);
    assert.deepEqual(new Set(heard.slice(5)).difference(new Set(['close'])), new Set());
  });

  test('what is not asked for is not handed over', async (t) => {
    const heard: string[] = [];
    const started = Promise.withResolvers<ProcessCall>();
    const { open } = await streaming(t, (call) => ({
      start: () => started.resolve(call),
      receive: (message) => void heard.push(message.toString()),
      close: nothing,
    }));
    const opened = open();
    const ended = endOf(opened);
    for (const message of ['one', 'two']) opened.write(Buffer.from(message));
    const call = await started.promise;
    call.startRead();
    await until(() => heard.length > 0);
    call.sendMessage(Buffer.from('answer'), nothing);
    await new Promise((resolve) => opened.once('data', resolve));
    assert.deepEqual(heard, ['one']);
    call.sendStatus(ok);
    assert.equal((await ended).code, status.OK);
  });

  test('a cancellation is heard as the end', async (t) => {
    const heard: string[] = [];
    const { open } = await streaming(t, noting(heard));
    const opened = open();
    const ended = endOf(opened);
    opened.write(Buffer.from('one'));
    await until(() => heard.includes('one'));
    opened.cancel();
    assert.equal((await ended).code, status.CANCELLED);
    await until(() => heard.includes('close'));
  });

  test('the status comes behind every message that was sent before it, however long those take', async (t) => {
    const large = Buffer.alloc(1 << 20, 'x');
    const { open } = await streaming(t, (call) => ({
      start() {
        for (let index = 0; index < 8; index++) call.sendMessage(large, nothing);
        call.sendStatus(ok);
      },
      receive: nothing,
      close: nothing,
    }));
    const { code, messages } = await endOf(open());
    assert.equal(code, status.OK);
    assert.deepEqual(
      messages.map(({ length }) => length),
      Array.from({ length: 8 }, () => large.length),
    );
  });

  test('a call that is reset together with its headers is not served, or hears of its end', async (t) => {
    let [opened, closed] = [0, 0];
    const { server, open } = await streaming(t, (call) => {
      opened++;
      return { ...noting([], () => closed++)(call), receive: nothing };
    });
    const [host, port] = server.listen.split(':');
    const socket = connect(Number(port), host);
    t.after(() => socket.destroy());
    socket.write(Buffer.concat([preface, frame(settingsFrame, 0, 0), headersOf(path), resetFrame]));
    // The server has read it all by the time it acknowledges the settings.
    await new Promise((resolve) => socket.once('data', resolve));
    const ended = endOf(open());
    await until(() => opened > 0);
    await server.drain(0);
    await ended;
    await until(() => closed >= opened);
  });
});

// ── Frames of RFC 9113, for what no client library does on purpose.

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const settingsFrame = 4;
function frame(type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
/** POST, http, and three literals whose names stand in HPACK's static table. */
function headersOf(target: string): Buffer {
  const literal = (name: readonly number[], value: string): Buffer =>
    Buffer.concat([Buffer.from([...name, value.length]), Buffer.from(value)]);
  const block = [
    Buffer.from([0x83, 0x86]),
    literal([0x01], 'test'),
    literal([0x04], target),
    literal([0x0f, 0x10], 'application/grpc'),
  ];
  return frame(1, 4, 1, Buffer.concat(block));
}
const resetFrame = frame(3, 0, 1, Buffer.from([0, 0, 0, 8]));
