/** What never reaches the model, what the caller is told, and what the record says. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Answer, call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { at, readTrail, terminalOf } from './harness/trail.ts';

let gateway: Gateway;
let token: string;
before(async () => {
  gateway = await startTestGateway({ policy: assistantPolicy, configuration: 'limits: { request_bytes: 64 KiB }' });
  token = await gateway.issuer.token('ana', ['analysts']);
});
after(() => gateway.stop());
beforeEach(() => {
  gateway.model.reached.length = 0;
});

/** Refused: the session id, exactly one terminal record of it, and nothing at the model. The shapes: answer-shapes.e2e.test.ts. */
function assertRefused(answer: Answer, status: number, code: string): string {
  assert.equal(answer.status, status, answer.body.toString());
  const session = String(answer.headers['x-countersign-session']);
  assert.match(answer.body.toString(), new RegExp(`\\b${session}\\b`));
  const ended = terminalOf(readTrail(gateway.ledger), session);
  assert.equal(ended.type, 'session.denied');
  assert.equal(at(ended, 'refusal', 'code'), code);
  assert.equal(gateway.model.reached.length, 0);
  return answer.body.toString();
}
const chat = (content: string, more: object = {}): string =>
  JSON.stringify({ model: 'bank-assistant', messages: [{ role: 'user', content }], ...more });
const post = (body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> =>
  call({ port: gateway.port, path: '/v1/chat/completions', token, body, headers });

test('no token, garbage, and a token of nobody we know: 401 and no word about why', async () => {
  const none = await call({ port: gateway.port, path: '/text/a' });
  assertRefused(none, 401, 'ERR_CREDENTIAL');
  assert.equal(none.headers['www-authenticate'], 'Bearer');
  const garbage = await call({ port: gateway.port, path: '/text/a', token: 'garbage' });
  const text = assertRefused(garbage, 401, 'ERR_CREDENTIAL');
  assert.doesNotMatch(text, /malformed|jwt|signature/i);
});

test('a caller whom no allow rule names: 403 before any byte of the body', async () => {
  const stranger = await gateway.issuer.token('tom', ['interns']);
  assertRefused(await call({ port: gateway.port, path: '/text/a', token: stranger }), 403, 'ERR_POLICY_DENIED');
});

test('a path that no endpoint covers, or that can be read in two ways', async () => {
  assertRefused(await call({ port: gateway.port, path: '/admin', token }), 403, 'ERR_POLICY_DENIED');
  for (const path of [
    '/text/%2e%2e/a',
    '/text/a%2Fb',
    '/text/a;b',
    '/text//a',
    '/text/../a',
    '/text/a%5Cb',
    '/%74ext/a',
    '/text/%7e',
  ]) {
    assertRefused(await call({ port: gateway.port, path, token }), 400, 'ERR_REQUEST_TARGET');
  }
});

test('bodies that cannot be read exactly are refused: not JSON, duplicate keys, trailing bytes, bad UTF-8', async () => {
  const bad = [
    '{',
    `${chat('x')}x`,
    '{"model":"bank-assistant","model":"other","messages":[]}',
    '{"messages":"no"}',
    '',
    chat('x', { Model: 'another' }),
    chat('x', { MAX_TOKENS: 9 }),
  ];
  for (const body of bad) assertRefused(await post(body), 400, 'ERR_BODY_UNREADABLE');
  assertRefused(await post(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), 400, 'ERR_BODY_UNREADABLE');
});

test('the model named in the body must be the endpoint’s', async () => {
  assertRefused(await post(chat('x', { model: 'another' })), 400, 'ERR_MODEL_MISMATCH');
});

test('codings we do not read, corrupt ones, and ones that expand without end', async () => {
  assertRefused(await post(chat('x'), { 'content-encoding': 'compress' }), 415, 'ERR_BODY_CODING');
  assertRefused(await post('not gzip', { 'content-encoding': 'gzip' }), 400, 'ERR_BODY_UNREADABLE');
  const cut = gzipSync(chat('x'.repeat(1000)));
  assertRefused(
    await post(cut.subarray(0, cut.length - 9), { 'content-encoding': 'gzip' }),
    400,
    'ERR_BODY_UNREADABLE',
  );
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  assertRefused(await post(bomb, { 'content-encoding': 'gzip' }), 413, 'ERR_BODY_TOO_LARGE');
});

test('a body over the limit: 413, while it is still being sent', async () => {
  const pieces = Array.from({ length: 40 }, () => Buffer.alloc(4_096, 0x20));
  const answer = await call({ port: gateway.port, path: '/v1/chat/completions', token, pieces });
  assertRefused(answer, 413, 'ERR_BODY_TOO_LARGE');
});

test('the binary tensor extension is refused on an API that has none, not passed unread', async () => {
  const body = chat('hello');
  assertRefused(await post(body, { 'inference-header-content-length': '9' }), 400, 'ERR_BODY_UNREADABLE');
});

test('a deny wins over an allow and over a hold, and says why', async () => {
  const body = JSON.stringify({ inputs: [{ name: 'x', shape: [50_001, 0], datatype: 'FP64', data: [] }] });
  const answer = await call({ port: gateway.port, path: '/v2/models/credit/infer', token, body });
  assert.match(assertRefused(answer, 403, 'ERR_POLICY_DENIED'), /batch system/);
});

test('gzip requests are decoded once: the model gets what was decided on', async () => {
  const body = chat('hello');
  const answer = await post(gzipSync(body), { 'content-encoding': 'gzip' });
  assert.equal(answer.status, 200);
  assert.equal(gateway.model.reached[0]?.body.toString(), body);
  assert.equal(gateway.model.reached[0]?.headers['content-encoding'], undefined);
});

test('a long path and a token in the query are not kept whole', async () => {
  const path = `/text/a?access_token=very-secret&x=${'y'.repeat(20_000)}`;
  const answer = await call({ port: gateway.port, path });
  assertRefused(answer, 400, 'ERR_REQUEST_TARGET');
  const ended = terminalOf(readTrail(gateway.ledger), String(answer.headers['x-countersign-session']));
  const recorded = String(at(ended, 'request', 'path'));
  assert.ok(recorded.length < 1_200);
  assert.doesNotMatch(recorded, /very-secret/);
});

test('a coding we do not read is refused without a body too, and is not recorded in clear', async () => {
  const answer = await call({
    port: gateway.port,
    path: '/text/a',
    token,
    headers: { 'content-encoding': '536-22-8726' },
  });
  assertRefused(answer, 415, 'ERR_BODY_CODING');
  assert.doesNotMatch(JSON.stringify(readTrail(gateway.ledger)), /536-22-8726/);
});
