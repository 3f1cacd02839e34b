/** What a caller writes to be taken for somebody else, to get more than one call, or to keep a connection for nothing. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';

let gateway: Gateway;
let token: string;
before(async () => {
  gateway = await startTestGateway({ policy: assistantPolicy });
  token = await gateway.issuer.token('ana', ['analysts']);
});
after(() => gateway.stop());
beforeEach(() => {
  gateway.model.reached.length = 0;
});

test('header names with underscores do not reach the model: CGI would read them as the header with hyphens', async () => {
  const headers = { x_countersign_session: 'forged', x_user: 'root', 'x-other': 'kept' };
  const answer = await call({ port: gateway.port, path: '/text/a', token, headers });
  assert.equal(answer.status, 200);
  const names = Object.keys(gateway.model.reached[0]?.headers ?? {});
  assert.ok(names.includes('x-other'));
  assert.deepEqual(
    names.filter((name) => name.includes('_')),
    [],
  );
});

test('a caller who asks Envoy for retries, as one from inside the mesh, still makes one call of the model', async () => {
  gateway.model.answer = (_, response) => void response.writeHead(503).end();
  const asks = { 'x-envoy-retry-on': '5xx', 'x-envoy-max-retries': '3', 'x-envoy-internal': 'true' };
  for (const from of [{}, { 'x-forwarded-for': '10.0.0.1' }, { 'x-forwarded-for': '127.0.0.1' }]) {
    gateway.model.reached.length = 0;
    const answer = await call({ port: gateway.port, path: '/text/a', token, headers: { ...asks, ...from } });
    assert.equal(answer.status, 503);
    assert.equal(gateway.model.reached.length, 1, JSON.stringify(from));
  }
});

test('headers that never end are cut off with 408', async () => {
  const socket = connect(gateway.port, '127.0.0.1');
  socket.write('GET /text/a HTTP/1.1\r\nhost: models.bank.test\r\nx-slow: a');
  const received: Buffer[] = [];
  for await (const chunk of socket) received.push(chunk);
  assert.match(Buffer.concat(received).toString(), /^HTTP\/1\.1 408 /);
});
