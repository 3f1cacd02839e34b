/** What happens to a call whatever its shape. The shapes: request-*-shapes, response-shapes, http2-shapes, answer-shapes. */
import assert from 'node:assert/strict';
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
