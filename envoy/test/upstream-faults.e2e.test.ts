/**
 * A model that fails, in every way a server can. No case is retried: one recorded call is at most one call of the model. What
 * Envoy answers in its place reaches the caller as Envoy made it, with the session id, and is in the record with its status.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer, type Server } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { replacing } from './harness/altered.ts';
import { type Answer, call } from './harness/client.ts';
import { type Endings, endingsOf, words } from './harness/endings.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { type RawServer, startRawServer } from './harness/raw-server.ts';
import { at } from './harness/trail.ts';

const ssn = '536-22-8726';
let gateway: Gateway;
let raw: RawServer;
let http2: Http2Server;
let onStream: (stream: ServerHttp2Stream) => void;
let token: string;
let endings: Endings;
before(async () => {
  raw = await startRawServer();
  http2 = createHttp2Server().on('stream', (stream) => onStream(stream));
  const h2Port = await listening(http2.listen(0, '127.0.0.1'));
  const to = (name: string, port: number) =>
    ({ name, domain: '*', prefix: `/text/${name}`, host: '127.0.0.1', port, tls: false }) as const;
  gateway = await startTestGateway({
    policy: assistantPolicy,
    upstreams: [
      to('closed', await freePort()),
      to('slow', raw.port),
      to('idle', raw.port),
      to('raw', raw.port),
      { ...to('h2', h2Port), http2: true },
    ],
    alterEnvoy: replacing(
      ['"cluster":"slow","timeout":"0s"', '"cluster":"slow","timeout":"1s"'],
      ['"cluster":"idle","timeout":"0s","idle_timeout":"0s"', '"cluster":"idle","idle_timeout":"1s"'],
    ),
  });
  token = await gateway.issuer.token('ana', ['analysts']);
  endings = endingsOf(gateway.ledger);
});
after(async () => {
  await gateway.stop();
  raw.close();
  http2.close();
});
beforeEach(() => {
  requests = 0;
  arrived = Promise.withResolvers();
});

async function listening(server: Server | Http2Server): Promise<number> {
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  const port = await listening(server);
  server.close();
  return port;
}

let requests = 0;
/** Resolves once the caller has something of the answer. */
let arrived = Promise.withResolvers<void>();
const ask = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  call({ port: gateway.port, path, token, body: 'go', headers, onData: () => arrived.resolve() });
type Then = 'reset' | 'close' | 'stay' | { readonly write: string | Buffer };
/** Every connection gets these bytes; then, at once or when something of them has arrived, the fault. */
function says(text: string | Buffer, then: Then, when: 'at once' | 'arrived' = 'at once'): void {
  raw.script = (socket) => {
    requests += 1;
    socket.write(text, () => void fault());
    async function fault(): Promise<void> {
      if (when === 'arrived') await arrived.promise;
      if (then === 'reset') socket.resetAndDestroy();
      if (then === 'close') socket.end();
      if (typeof then === 'object') socket.write(then.write);
    }
  };
}
const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n';
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

/** Envoy answered for the model: the caller is told by Envoy, the record has the status. */
async function assertAnsweredByEnvoy(answer: Answer, status: number): Promise<void> {
  assert.equal(answer.status, status, answer.body.toString());
  assert.equal(answer.complete, true);
  const ending = await endings.next();
  assert.equal(words(ending), 'session.closed completed');
  assert.equal(ending.session, answer.headers['x-countersign-session']);
  assert.equal(at(ending.record, 'response', 'status'), status);
}

test('refuses the connection: 503 by Envoy, closed with that status', async () => {
  await assertAnsweredByEnvoy(await ask('/text/closed'), 503);
});

test('resets before it answers: 503 by Envoy, asked once', async () => {
  says('', 'reset');
  await assertAnsweredByEnvoy(await ask('/text/raw'), 503);
  assert.equal(requests, 1);
});

test('says what is no HTTP: 502 by Envoy, asked once, nothing of it reaches the caller', async () => {
  says(`SSH-2.0-OpenSSH ${ssn}\r\n\r\n`, 'close');
  const answer = await ask('/text/raw');
  assert.doesNotMatch(answer.body.toString(), /SSH|536/);
  await assertAnsweredByEnvoy(answer, 502);
  assert.equal(requests, 1);
});

test('does not answer within the route’s timeout: 504 by Envoy', async () => {
  says('', 'stay');
  await assertAnsweredByEnvoy(await ask('/text/slow'), 504);
});

/** The headers went out, so there is no other answer: the connection is cut, and what came through is masked. */
async function assertCut(answer: Answer, reason: string): Promise<void> {
  assert.equal(answer.status, 200);
  assert.equal(answer.complete, false);
  assert.match(answer.body.toString(), /^first \D+$/);
  const ending = await endings.next();
  assert.equal(words(ending), `session.aborted aborted ${reason}`);
  assert.equal(ending.session, answer.headers['x-countersign-session']);
  assert.equal(at(ending.record, 'response', 'released_bytes'), answer.body.length);
}
const started = `${head}transfer-encoding: chunked\r\n\r\n${chunk(`first ${ssn} words`)}`;

test('exceeds the route’s timeout in the middle of its answer: cut, aborted', async () => {
  says(started, 'stay');
  await assertCut(await ask('/text/slow'), 'caller_or_upstream_gone');
});

test('falls silent in the middle of its answer, longer than the stream may idle: cut, aborted', async () => {
  says(started, 'stay');
  await assertCut(await ask('/text/idle'), 'caller_or_upstream_gone');
});

test('resets in the middle of its answer: cut, never ended as if it were whole, aborted', async () => {
  says(started, 'reset', 'arrived');
  await assertCut(await ask('/text/raw'), 'caller_or_upstream_gone');
});

test('closes before all of its content-length has come: cut, aborted', async () => {
  says(`${head}content-length: 500\r\n\r\nfirst ${ssn} words`, 'close', 'arrived');
  await assertCut(await ask('/text/raw'), 'caller_or_upstream_gone');
});

test('sends a chunk that is none: cut, aborted', async () => {
  says(started, { write: 'zz\r\n' }, 'arrived');
  await assertCut(await ask('/text/raw'), 'caller_or_upstream_gone');
});

test('resets with its first bytes: 502 by Envoy while it still has the headers, else cut; aborted', async () => {
  says(started, 'reset');
  const answer = await ask('/text/raw');
  assert.ok(answer.status === 502 || !answer.complete, String(answer.status));
  assert.doesNotMatch(answer.body.toString(), /536/);
  // What Envoy says on a stream that it has cut does not come by us, so it has no session id; Envoy's access log has.
  assert.equal(words(await endings.next()), 'session.aborted aborted caller_or_upstream_gone');
});

const coded = (bytes: Buffer, length = bytes.length): Buffer =>
  Buffer.concat([Buffer.from(`${head}content-encoding: gzip\r\ncontent-length: ${length}\r\n\r\n`), bytes]);

test('ends its gzip too early: cut instead of ended, aborted with the reason', async () => {
  const words = Array.from({ length: 10_000 }, (_, index) => Math.sin(index).toString(36).replaceAll(/\d/g, ' '));
  const whole = gzipSync(`first the number, it is ${ssn}, ${words.join('')}`);
  const cut = whole.subarray(0, whole.length - 9);
  const middle = cut.length / 2;
  says(coded(cut.subarray(0, middle), cut.length), { write: cut.subarray(middle) }, 'arrived');
  await assertCut(await ask('/text/raw', { 'accept-encoding': 'gzip' }), 'response_coding_truncated');
});

test('calls gzip what is none: 500 by Envoy or cut, not one byte passes, aborted with the reason', async () => {
  says(coded(Buffer.from(`no gzip, but ${ssn}`)), 'stay');
  const answer = await ask('/text/raw', { 'accept-encoding': 'gzip' });
  assert.ok(answer.status === 500 || !answer.complete, String(answer.status));
  assert.equal(answer.body.length, 0);
  assert.equal(words(await endings.next()), 'session.aborted aborted response_coding_corrupt');
});

test('sends its answer byte by byte, a value to mask among them: it arrives whole and masked', async () => {
  const text = `it is ${ssn}, told slowly`;
  raw.script = (socket) => {
    socket.write(`${head}content-length: ${text.length}\r\n\r\n`);
    const letters = [...text];
    const timer = setInterval(() => {
      const letter = letters.shift();
      if (letter === undefined) clearInterval(timer);
      else socket.write(letter);
    }, 5);
  };
  const answer = await ask('/text/raw');
  assert.equal(answer.complete, true);
  assert.match(answer.body.toString(), /^it is \D{11}, told slowly$/);
  assert.equal(words(await endings.next()), 'session.closed completed');
});

for (const status of [400, 429, 500, 503]) {
  test(`answers ${status}: passed on, masked, closed with that status`, async () => {
    gateway.model.answer = (_, response) =>
      void response.writeHead(status, { 'content-type': 'text/plain', 'retry-after': '7' }).end(`no: ${ssn}`);
    const answer = await ask('/text/a');
    assert.equal(answer.headers['retry-after'], '7');
    assert.match(answer.body.toString(), /^no: \D{11}$/);
    await assertAnsweredByEnvoy(answer, status);
  });
}

test('answers before it has read the request, and closes: the caller has the answer, closed', async () => {
  says('HTTP/1.1 413 Too Much\r\ncontent-type: text/plain\r\ncontent-length: 3\r\n\r\nbig', 'close');
  const body = Buffer.alloc(4 << 20, 'x');
  const answer = await call({ port: gateway.port, path: '/text/raw', token, body });
  assert.equal(answer.body.toString(), 'big');
  await assertAnsweredByEnvoy(answer, 413);
});

test('says GOAWAY in the middle of its answer: what is under way comes to its end, the next call takes a new connection', async () => {
  const connections = new Set<unknown>();
  onStream = (stream) => {
    connections.add(stream.session);
    stream.respond({ ':status': 200, 'content-type': 'text/plain' });
    stream.write('first words, ');
    stream.session?.goaway();
    void arrived.promise.then(() => stream.end('last words'));
  };
  for (const call of ['first', 'second']) {
    const answer = await ask('/text/h2');
    assert.equal(answer.body.toString(), 'first words, last words', call);
    assert.equal(words(await endings.next()), 'session.closed completed');
  }
  assert.equal(connections.size, 2);
});

test('resets the stream after GOAWAY, in the middle of its answer: cut, aborted', async () => {
  onStream = (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'text/plain' });
    stream.write(`first ${ssn} words`);
    stream.session?.goaway();
    // Not close(): it ends the body first, as if it were whole.
    void arrived.promise.then(() => stream.on('error', () => undefined).destroy(new Error('injected')));
  };
  await assertCut(await ask('/text/h2'), 'caller_or_upstream_gone');
});
