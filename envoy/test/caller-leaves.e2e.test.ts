/** A caller who leaves in the middle, in each phase: what the model saw, and what the record says. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import { call } from './harness/client.ts';
import { type Endings, endingsOf, words } from './harness/endings.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';
import { at, ofSession, readTrail } from './harness/trail.ts';

let gateway: Gateway;
let token: string;
let endings: Endings;
before(async () => {
  gateway = await startTestGateway({ policy: assistantPolicy });
  token = await gateway.issuer.token('ana', ['analysts']);
  endings = endingsOf(gateway.ledger);
});
after(() => gateway.stop());
beforeEach(() => {
  gateway.model.reached.length = 0;
});

function post(path: string): ClientRequest {
  const headers = { host: 'models.bank.test', authorization: `Bearer ${token}` };
  const outgoing = request({ host: '127.0.0.1', port: gateway.port, path, method: 'POST', headers, agent: false });
  return outgoing.on('error', () => undefined);
}
const typesOf = (session: string): string[] =>
  ofSession(readTrail(gateway.ledger), session).flatMap(({ type }) => (type.startsWith('session.') ? [type] : []));

test('while the request is being sent: nothing reaches the model, aborted', async () => {
  const outgoing = post('/text/upload');
  await until('proc-service collects it', async () => {
    outgoing.write('piece ');
    return (await gateway.stat('cluster.countersign-proc.upstream_rq_active')) > 0;
  });
  outgoing.destroy();
  const ending = await endings.next();
  assert.equal(words(ending), 'session.aborted aborted caller_left');
  assert.deepEqual(typesOf(ending.session), ['session.aborted']);
  assert.equal(gateway.model.reached.length, 0);
});

test('while the call is held: nothing reaches the model, aborted; the approval waits for the retry', async () => {
  const data = Array.from({ length: 200 }, () => 0.5);
  const body = JSON.stringify({ inputs: [{ name: 'x', shape: [200, 1], datatype: 'FP64', data }] });
  const outgoing = post('/v2/models/credit/infer');
  outgoing.end(body);
  await until('it is held', () => readTrail(gateway.ledger).some(({ type }) => type === 'session.held'));
  outgoing.destroy();
  const ending = await endings.next();
  assert.equal(words(ending), 'session.aborted aborted caller_left');
  assert.deepEqual(typesOf(ending.session), ['session.held', 'session.aborted']);
  assert.equal(at(ending.record, 'approval', 'state'), 'requested');
  assert.equal(gateway.model.reached.length, 0);
});

test('while the model thinks: Envoy tells the model, and the session is aborted', async () => {
  const left = Promise.withResolvers<void>();
  gateway.model.answer = (_, response) => void response.on('close', left.resolve);
  const outgoing = post('/text/think');
  outgoing.end('go');
  await until('the model has it', () => gateway.model.reached.length === 1);
  outgoing.destroy();
  await left.promise;
  const ending = await endings.next();
  assert.equal(words(ending), 'session.aborted aborted caller_left');
  assert.deepEqual(typesOf(ending.session), ['session.opened', 'session.aborted']);
});

test('while the answer streams: aborted, with the number of bytes that were released', async () => {
  const left = Promise.withResolvers<void>();
  gateway.model.answer = (_, response) => {
    response.on('close', left.resolve).writeHead(200, { 'content-type': 'text/plain' });
    response.write('the first of many words, ');
  };
  const outgoing = post('/text/stream');
  outgoing.end('go');
  const [response]: IncomingMessage[] = await once(outgoing, 'response');
  const [first]: Buffer[] = await once(response ?? outgoing, 'data');
  outgoing.destroy();
  await left.promise;
  const ending = await endings.next();
  assert.equal(words(ending), 'session.aborted aborted caller_or_upstream_gone');
  assert.equal(at(ending.record, 'response', 'released_bytes'), first?.length);
  assert.ok(Number(at(ending.record, 'response', 'bytes')) >= (first?.length ?? 0));
});

test('who reads nothing of a long answer and leaves: we stop at what Envoy takes, and the record says how far it came', async () => {
  const bytes = 64 << 20;
  gateway.model.answer = (_, response) =>
    void response.writeHead(200, { 'content-type': 'text/plain' }).end(Buffer.alloc(bytes, 'words '));
  const outgoing = post('/text/long');
  outgoing.end('go');
  const [response]: IncomingMessage[] = await once(outgoing, 'response');
  response?.pause();
  await until('proc-service sends nothing more', () => standsStill('http.countersign.downstream_cx_tx_bytes_total'));
  outgoing.destroy();
  const ending = await endings.next();
  assert.equal(words(ending), 'session.aborted aborted caller_or_upstream_gone');
  assert.ok(Number(at(ending.record, 'response', 'released_bytes')) < bytes);
});

test('after the end was released, with the last bytes still on their way: closed, as produced and released', async () => {
  // More than sockets and Envoy hold back for a reader who does not read, less than stops proc-service.
  const text = 'word '.repeat(60_000);
  gateway.model.answer = (_, response) => void response.writeHead(200, { 'content-type': 'text/plain' }).end(text);
  const outgoing = post('/text/late');
  outgoing.end('go');
  const [response]: IncomingMessage[] = await once(outgoing, 'response');
  response?.pause();
  const ending = await endings.next();
  assert.equal(words(ending), 'session.closed completed');
  assert.equal(at(ending.record, 'response', 'released_bytes'), text.length);
  outgoing.destroy();
  const after = await call({ port: gateway.port, path: '/text/after', token });
  assert.equal(after.status, 200);
  await endings.next();
  assert.deepEqual(typesOf(ending.session), ['session.opened', 'session.closed']);
});

let known = Number.NaN;
/** Two looks at one counter of Envoy, a tenth of a second apart, that see the same number. */
async function standsStill(name: string): Promise<boolean> {
  const before = known;
  known = await gateway.stat(name);
  await new Promise((resolve) => setTimeout(resolve, 100));
  return known === before;
}
