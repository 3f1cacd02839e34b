/** Shapes of HTTP through a real Envoy, both services passing through. What each phase looks like: docs/architecture.md. */
import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { after, before, beforeEach, test } from 'node:test';
import { call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';
import { at, ofSession, readTrail, terminalOf } from './harness/trail.ts';

let gateway: Gateway;
let token: string;
before(async () => {
  gateway = await startTestGateway({ policy: assistantPolicy });
  token = await gateway.issuer.token('ana', ['analysts']);
});
after(() => gateway.stop());
beforeEach(() => {
  gateway.model.reached.length = 0;
  gateway.model.answer = (_, response) => void response.writeHead(200, { 'content-type': 'text/plain' }).end('hello');
});
const session = (answer: { readonly headers: Record<string, unknown> }): string =>
  String(answer.headers['x-countersign-session']);

test('GET: the answer arrives whole and the session is closed once', async () => {
  const answer = await call({ port: gateway.port, path: '/text/a', token });
  assert.equal(answer.status, 200);
  assert.equal(answer.body.toString(), 'hello');
  const trail = readTrail(gateway.ledger);
  assert.equal(terminalOf(trail, session(answer)).type, 'session.closed');
  assert.deepEqual(
    ofSession(trail, session(answer)).map((record) => record.type),
    ['session.opened', 'payload.part', 'session.closed'],
  );
});

test('POST with a length: the model gets the same bytes, with a length again', async () => {
  const body = 'x'.repeat(100_000);
  const answer = await call({ port: gateway.port, path: '/text/a', token, body });
  assert.equal(answer.status, 200);
  const [reached] = gateway.model.reached;
  assert.equal(reached?.body.toString(), body);
  assert.equal(reached?.headers['content-length'], '100000');
});

test('POST chunked, in many pieces and with an empty body', async () => {
  const pieces = ['one ', 'two ', 'three'].map((text) => Buffer.from(text));
  await call({ port: gateway.port, path: '/text/a', token, pieces });
  assert.equal(gateway.model.reached[0]?.body.toString(), 'one two three');
  const empty = await call({
    port: gateway.port,
    path: '/text/a',
    method: 'POST',
    token,
    headers: { 'transfer-encoding': 'chunked' },
  });
  assert.equal(empty.status, 200);
  assert.equal(gateway.model.reached[1]?.body.length, 0);
});

test('HEAD keeps the content-length of the model; 204 and 304 have no body', async () => {
  gateway.model.answer = (_, response) =>
    void response.writeHead(200, { 'content-length': '12', 'content-type': 'text/plain' }).end();
  const head = await call({ port: gateway.port, path: '/text/a', method: 'HEAD', token });
  assert.equal(head.headers['content-length'], '12');
  for (const status of [204, 304]) {
    gateway.model.answer = (_, response) => void response.writeHead(status).end();
    const answer = await call({ port: gateway.port, path: '/text/a', token });
    assert.equal(answer.status, status);
    assert.equal(terminalOf(readTrail(gateway.ledger), session(answer)).type, 'session.closed');
  }
});

test('Expect: 100-continue', async () => {
  const answer = await call({
    port: gateway.port,
    path: '/text/a',
    token,
    body: 'data',
    headers: { expect: '100-continue' },
  });
  assert.equal(answer.status, 200);
  assert.equal(gateway.model.reached[0]?.body.toString(), 'data');
});

test('a large response arrives whole, without a content-length', async () => {
  const body = 'lorem ipsum '.repeat(500_000);
  gateway.model.answer = (_, response) =>
    void response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length }).end(body);
  const answer = await call({ port: gateway.port, path: '/text/a', token });
  assert.ok(answer.body.equals(Buffer.from(body)));
  assert.equal(answer.headers['content-length'], undefined);
  const closed = terminalOf(readTrail(gateway.ledger), session(answer));
  assert.equal(at(closed, 'response', 'bytes'), body.length);
  assert.equal(at(closed, 'response', 'copy', 'truncated'), true);
});

test('the caller never reaches the model as somebody else: token swapped, forged headers gone', async () => {
  const headers = {
    'x-countersign-session': 'forged',
    'x-envoy-retry-on': '5xx',
    'x-envoy-max-retries': '3',
    'x-envoy-hedge-on-per-try-timeout': 'true',
    'x-envoy-upstream-rq-per-try-timeout-ms': '1',
    'x-envoy-original-path': '/admin',
    'x-http-method-override': 'DELETE',
    'x-original-url': '/admin',
    'proxy-authorization': 'Basic Zm9v',
    cookie: 'session=1',
    x_countersign_session: 'forged',
  };
  const chat = { model: 'bank-assistant', messages: [{ role: 'user', content: 'hi' }] };
  gateway.model.answer = (_, response) =>
    void response.writeHead(503, { 'content-type': 'application/json' }).end('{}');
  const answer = await call({
    port: gateway.port,
    path: '/v1/chat/completions',
    token,
    headers,
    body: JSON.stringify(chat),
  });
  assert.equal(answer.status, 503);
  assert.equal(gateway.model.reached.length, 1, 'a forged retry header made more than one call');
  const seen = gateway.model.reached[0]?.headers ?? {};
  assert.equal(seen['authorization'], 'Bearer upstream-own-key');
  assert.equal(seen['x-countersign-session'], session(answer));
  for (const name of Object.keys(headers).slice(1)) assert.equal(seen[name], undefined, name);
  assert.equal(seen['content-type'], 'application/json', 'read as JSON here, so not as something else there');
});

test('several response headers of one name: the ones without a value to mask survive', async () => {
  gateway.model.answer = (_, response) =>
    void response
      .writeHead(200, {
        'content-type': 'text/plain; name="536-22-8726"',
        'x-note': ['one', 'ssn 536-22-8726', 'three'],
      })
      .end('ok');
  const answer = await call({ port: gateway.port, path: '/text/a', token });
  assert.equal(answer.headers['x-note'], 'one, ssn ***-**-****, three');
  assert.doesNotMatch(String(answer.headers['content-type']), /536/);
  assert.doesNotMatch(JSON.stringify(readTrail(gateway.ledger)), /536-22/);
});

test('request trailers of an h2 caller end the request, and none of them reaches the model', async () => {
  const session = connect(`http://127.0.0.1:${gateway.port}`);
  const stream = session.request(
    { ':method': 'POST', ':path': '/text/a', ':authority': 'models.bank.test', authorization: `Bearer ${token}` },
    { endStream: false, waitForTrailers: true },
  );
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-user': 'root', authorization: 'Bearer mine' }));
  const status = new Promise<number>((resolve, reject) => {
    stream.on('response', (headers) => resolve(Number(headers[':status'])));
    stream.on('error', reject);
  });
  stream.end('with trailers');
  assert.equal(await status, 200);
  stream.resume();
  session.close();
  assert.equal(gateway.model.reached[0]?.body.toString(), 'with trailers');
  assert.deepEqual(gateway.model.reached[0]?.trailers, {});
});

test('a response that dies in the middle is cut for the caller too, and recorded as aborted', async () => {
  let die = (): void => undefined;
  gateway.model.answer = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write('half of it, ');
    die = () => response.destroy();
  };
  const answer = await call({ port: gateway.port, path: '/text/a', token, onData: () => die() });
  assert.equal(answer.complete, false);
  const ended = (): string[] => ofSession(readTrail(gateway.ledger), session(answer)).map((record) => record.type);
  await until('the session has ended', () => ended().includes('session.aborted'));
});

test('a model that cannot be reached: 503 from Envoy, one record, nothing lost', async () => {
  gateway.model.answer = (_, response) => void response.destroy();
  const answer = await call({ port: gateway.port, path: '/text/a', token });
  assert.equal(answer.status, 503);
  const ended = terminalOf(readTrail(gateway.ledger), session(answer));
  assert.equal(at(ended, 'response', 'status'), 503);
});
