/** Bytes in flight between a real client and a ProcessStream: as many as HTTP/2 and our limits let be, and no more. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http2 from 'node:http2';
import { type TestContext, test } from 'node:test';
import type { Inbound } from '@countersign/core/exchange/message.ts';
import { status } from '@grpc/grpc-js';
import { MemoryShares } from './memory-shares.ts';
import { processPath } from './methods.ts';
import { type ProcessCall, ProcessStream } from './process-stream.ts';
import { startGrpcServer } from './server.ts';

const pieceBytes = 64 * 1024;
const pieces = 1024;
/** Inbox, outbox, and a message more in each: the one that passes the limit is still taken. */
const inFlightBytes = 256 * 1024 + 128 * 1024 + 2 * pieceBytes;

async function serveEcho(t: TestContext) {
  const flow = { received: 0, left: 0, most: 0, waiting: false };
  const counted = (call: ProcessCall): ProcessCall => ({
    startRead: () => call.startRead(),
    sendStatus: (status) => call.sendStatus(status),
    sendMessage: (message, sent) =>
      call.sendMessage(message, () => {
        flow.left += message.length;
        sent();
      }),
  });
  const convert = {
    fromEnvoy(bytes: Buffer): Inbound {
      flow.received += bytes.length;
      flow.most = Math.max(flow.most, flow.received - flow.left);
      return { kind: 'response_body', bytes, end: false };
    },
    toEnvoy: (answer: object): Buffer =>
      'bytes' in answer && answer.bytes instanceof Buffer ? answer.bytes : Buffer.alloc(0),
  };
  async function echo(stream: ProcessStream): Promise<void> {
    for (;;) {
      const inbound = await stream.next();
      if (!('bytes' in inbound)) return stream.reset('done');
      flow.waiting = true;
      await stream.send({ kind: 'response_body', bytes: inbound.bytes, end: false });
      flow.waiting = false;
    }
  }
  const server = await startGrpcServer({
    listen: '127.0.0.1:0',
    socketAccess: 'owner',
    name: 'countersign.test',
    method: {
      kind: 'stream',
      path: processPath,
      serve(call) {
        const stream = new ProcessStream(counted(call), convert, new MemoryShares());
        void echo(stream);
        return stream;
      },
    },
    maxMessageBytes: 1 << 20,
  });
  t.after(() => server.drain(0));
  return { flow, server };
}

/** As gRPC frames it: not compressed, its length, its bytes. */
function framed(index: number): Buffer {
  const message = Buffer.alloc(5 + pieceBytes, `piece ${index} `);
  message.writeUInt8(0, 0);
  message.writeUInt32BE(pieceBytes, 1);
  return message;
}

// By node:http2, as the client of grpc-js reads on whether anybody takes what it has read or not.
test('64 MiB go through a reader that stops and goes on: all of them, in order, and few of them at a time', async (t) => {
  const { flow, server } = await serveEcho(t);
  const session = http2.connect(`http://${server.listen}`);
  t.after(() => session.destroy());
  const call = session.request({
    ':method': 'POST',
    ':path': processPath,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const trailers = new Promise<http2.IncomingHttpHeaders>((resolve) => call.once('trailers', resolve));
  const [there, back] = [createHash('sha256'), createHash('sha256')];
  const write = async (): Promise<void> => {
    for (let index = 0; index < pieces; index++) {
      const message = framed(index);
      there.update(message);
      if (!call.write(message)) await once(call, 'drain');
    }
  };
  const writing = write();

  // Nobody reads yet: the server stops taking when what it may have is full, and stays so.
  for (let same = 0, last = 0; same < 20 && flow.received < pieces * pieceBytes; last = flow.received) {
    await new Promise((turn) => setTimeout(turn, 10));
    same = flow.waiting && flow.received === last ? same + 1 : 0;
  }
  assert.ok(flow.received < (pieces * pieceBytes) / 8, `${flow.received} bytes were taken`);

  const total = pieces * (pieceBytes + 5);
  const read = new Promise<void>((resolve) => {
    let bytes = 0;
    let stopAt = 0;
    call.on('data', (chunk: Buffer) => {
      back.update(chunk);
      bytes += chunk.length;
      if (bytes >= total) resolve();
      if (bytes < stopAt) return;
      // Stops again and again on the way.
      stopAt = bytes + (4 << 20);
      call.pause();
      setTimeout(() => call.resume(), 5);
    });
  });
  await Promise.all([writing, read]);
  call.end();
  assert.equal(back.digest('hex'), there.digest('hex'));
  assert.ok(flow.most <= inFlightBytes, `${flow.most} bytes were here at once`);
  // Its half-close is no end that was agreed on: neither direction was answered to its end.
  assert.equal((await trailers)['grpc-status'], String(status.INTERNAL));
});

test('two hundred streams: each may have less in flight, and one that is alone again as much as before', async (t) => {
  const { server } = await serveEcho(t);
  const session = http2.connect(`http://${server.listen}`);
  t.after(() => session.destroy());
  const windows: number[] = [];
  session.on('remoteSettings', ({ initialWindowSize }) => windows.push(initialWindowSize ?? 0));
  const until = async (bytes: number): Promise<void> => {
    while (windows.at(-1) !== bytes) await new Promise((turn) => setTimeout(turn, 5));
  };
  await until(1 << 20);
  const calls = Array.from({ length: 200 }, () =>
    session.request({ ':method': 'POST', ':path': processPath, 'content-type': 'application/grpc', te: 'trailers' }),
  );
  for (const call of calls) call.on('error', () => undefined);
  await until(256 << 10);
  for (const call of calls) call.close();
  await until(1 << 20);
});

test('the windows Envoy is given: 1 MiB for a stream, 16 MiB for its connection', async (t) => {
  const { server } = await serveEcho(t);
  const session = http2.connect(`http://${server.listen}`);
  t.after(() => session.destroy());
  const settings = await new Promise<http2.Settings>((resolve) => session.once('remoteSettings', resolve));
  assert.equal(settings.initialWindowSize, 1 << 20);
  // The connection's own window grows by a frame of its own, behind the settings.
  while ((session.state.remoteWindowSize ?? 0) < 16 << 20) await new Promise((turn) => setTimeout(turn, 5));
  assert.equal(session.state.remoteWindowSize, 16 << 20);
});
