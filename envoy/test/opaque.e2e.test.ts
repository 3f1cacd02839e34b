/** `api: opaque` on a real Envoy over HTTP, and what of ranges and validators is left on endpoints that are read. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request as httpRequest, type ServerResponse } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { StoredRecord } from '@countersign/core/ledger/record.ts';
import { type Answer, call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { until } from './harness/processes.ts';
import { at, ofSession, readTrail, terminalOf } from './harness/trail.ts';

const policy = `version: 1
endpoints:
  - name: files
    match: { host: models.bank.test, path: "/files/**", methods: [GET, HEAD, POST, PUT] }
    api: opaque
    model: { name: files }
    mask: { request: none, response: none }
    record: { payload: digest }
  - name: small-files
    match: { host: models.bank.test, path: "/small/**", methods: [POST] }
    api: opaque
    model: { name: files }
    mask: { request: none, response: none }
    record: { payload: digest }
  - name: text
    match: { host: models.bank.test, path: "/text/**", methods: [GET, HEAD, POST] }
    api: text
    model: { name: text }
    mask: { request: none, response: bank }
rules:
  - { name: staff, match: { groups: [analysts] }, then: allow }
  - name: small-only
    match: { endpoint: small-files }
    when: body.bytes > 1000
    then: deny
`;

let gateway: Gateway;
let token: string;
before(async () => {
  gateway = await startTestGateway({ policy });
  token = await gateway.issuer.token('ana', ['analysts']);
});
after(() => gateway.stop());

const end = (session: string): StoredRecord => terminalOf(readTrail(gateway.ledger), session);
const types = (session: string): string[] => ofSession(readTrail(gateway.ledger), session).map(({ type }) => type);
const ask = (path: string, more: Partial<Parameters<typeof call>[0]> = {}): Promise<Answer> =>
  call({ port: gateway.port, path, token, ...more });
const sessionOf = (answer: Answer): string => String(answer.headers['x-countersign-session']);

describe('HTTP, opaque', () => {
  test('64 MiB up with a length, and 64 MiB down: the same bytes', async () => {
    const body = randomBytes(64 << 20);
    gateway.model.answer = (reached, response: ServerResponse) => void response.writeHead(200).end(reached.body);
    const answer = await ask('/files/large', { body });
    assert.equal(answer.status, 200);
    assert.ok(gateway.model.reached.at(-1)?.body.equals(body));
    assert.ok(answer.body.equals(body));
    assert.equal(answer.headers['content-length'], undefined);
    const closed = end(sessionOf(answer));
    assert.equal(at(closed, 'request', 'bytes'), 64 << 20);
    assert.equal(at(closed, 'request', 'digest'), at(closed, 'response', 'digest'));
    gateway.model.reached.length = 0;
  });
  test('the caller leaves in the middle of a request: the record says that it was not complete', async () => {
    const of = (type: string): StoredRecord[] =>
      readTrail(gateway.ledger).filter((record) => record.type === type && !known.has(record.session));
    const known = new Set(readTrail(gateway.ledger).map(({ session }) => session));
    const headers = { host: 'models.bank.test', authorization: `Bearer ${token}` };
    const request = httpRequest({ port: gateway.port, path: '/files/left', method: 'POST', headers, agent: false });
    request.on('error', () => undefined);
    request.write('one');
    await until('its first bytes are on their way', () => of('session.opened').length === 1);
    request.destroy();
    await until('the abort is recorded', () => of('session.aborted').length === 1);
    const [aborted] = of('session.aborted');
    assert.ok(aborted);
    assert.equal(at(aborted, 'request', 'complete'), false);
    assert.equal(of('session.received').length, 0);
  });
  test('a range: asked for, answered with 206, validators and digests untouched', async () => {
    gateway.model.answer = (_, response: ServerResponse) =>
      void response
        .writeHead(206, {
          'content-range': 'bytes 0-3/10',
          etag: '"v1"',
          'repr-digest': 'sha-256=:YQ==:',
          'accept-ranges': 'bytes',
        })
        .end('0123');
    const answer = await ask('/files/a', { headers: { range: 'bytes=0-3', 'if-range': '"v1"' } });
    assert.equal(answer.status, 206);
    assert.equal(gateway.model.reached.at(-1)?.headers.range, 'bytes=0-3');
    assert.equal(gateway.model.reached.at(-1)?.headers['if-range'], '"v1"');
    assert.equal(answer.headers['content-range'], 'bytes 0-3/10');
    assert.equal(answer.headers['etag'], '"v1"');
    assert.equal(answer.headers['repr-digest'], 'sha-256=:YQ==:');
    assert.equal(`${answer.body}`, '0123');
  });
  test('304 to a validator of the caller', async () => {
    gateway.model.answer = (_, response: ServerResponse) => void response.writeHead(304, { etag: '"v1"' }).end();
    const answer = await ask('/files/a', { headers: { 'if-none-match': '"v1"' } });
    assert.equal(answer.status, 304);
    assert.equal(answer.headers['etag'], '"v1"');
    assert.equal(gateway.model.reached.at(-1)?.headers['if-none-match'], '"v1"');
  });
  test('codings stay as they are, both ways, known or not', async () => {
    const coded = gzipSync('SSN 536-22-8726');
    gateway.model.answer = (_, response: ServerResponse) =>
      void response.writeHead(200, { 'content-encoding': 'x-own, gzip' }).end(coded);
    const answer = await ask('/files/a', {
      body: coded,
      headers: { 'content-encoding': 'x-own, gzip', 'accept-encoding': 'x-own' },
    });
    assert.ok(answer.body.equals(coded));
    assert.equal(answer.headers['content-encoding'], 'x-own, gzip');
    assert.ok(gateway.model.reached.at(-1)?.body.equals(coded));
    assert.equal(gateway.model.reached.at(-1)?.headers['content-encoding'], 'x-own, gzip');
    assert.equal(gateway.model.reached.at(-1)?.headers['accept-encoding'], 'x-own');
    assert.equal(gateway.model.reached.at(-1)?.headers['content-length'], String(coded.length));
  });
  test('a rule that reads its length: collected, decided, forwarded as it came', async () => {
    gateway.model.answer = (_, response: ServerResponse) => void response.end('ok');
    const coded = gzipSync('x'.repeat(5_000));
    const fine = await ask('/small/a', { body: coded, headers: { 'content-encoding': 'gzip', 'content-type': 'a/b' } });
    assert.equal(fine.status, 200);
    assert.ok(gateway.model.reached.at(-1)?.body.equals(coded));
    assert.equal(gateway.model.reached.at(-1)?.headers['content-type'], 'a/b');
    assert.deepEqual(types(sessionOf(fine)), ['session.opened', 'session.closed']);
    const reached = gateway.model.reached.length;
    assert.equal((await ask('/small/a', { body: Buffer.alloc(2_000) })).status, 403);
    assert.equal(gateway.model.reached.length, reached);
  });
});

describe('HTTP, masked: what speaks of other bytes goes', () => {
  test('no range is asked for, and one that comes all the same is refused', async () => {
    for (const [code, headers] of [
      [206, { 'content-range': 'bytes 0-3/10' }],
      [200, { 'content-type': 'multipart/byteranges; boundary=x' }],
    ] as const) {
      gateway.model.answer = (_, response: ServerResponse) => void response.writeHead(code, headers).end('6-22');
      const answer = await ask('/text/a', { headers: { range: 'bytes=4-7', 'if-range': '"v1"' } });
      assert.equal(answer.status, 502);
      assert.equal(gateway.model.reached.at(-1)?.headers.range, undefined);
      assert.equal(gateway.model.reached.at(-1)?.headers['if-range'], undefined);
      assert.equal(at(end(sessionOf(answer)), 'refusal', 'reason'), 'partial_content_cannot_be_masked');
    }
  });
  test('validators and digests of the model’s bytes are not passed, with a body or without', async () => {
    const stale = {
      etag: '"v1"',
      'repr-digest': 'sha-256=:YQ==:',
      'content-digest': 'sha-256=:YQ==:',
      digest: 'a=b',
      'content-md5': 'x',
      'accept-ranges': 'bytes',
    };
    gateway.model.answer = (_, response: ServerResponse) => void response.writeHead(200, stale).end('fine');
    for (const method of ['GET', 'HEAD']) {
      const answer = await ask('/text/a', { method, headers: { 'if-none-match': '"v1"' } });
      assert.equal(answer.status, 200);
      for (const name of Object.keys(stale)) assert.equal(answer.headers[name], undefined, name);
      assert.equal(
        gateway.model.reached.at(-1)?.headers['if-none-match'],
        undefined,
        'a validator of bytes we did not send',
      );
    }
  });
  test('gRPC on an endpoint that reads something else is refused', async () => {
    const answer = await ask('/text/a', { body: 'x', headers: { 'content-type': 'application/grpc' } });
    assert.notEqual(answer.headers['grpc-status'], '0');
    assert.notEqual(answer.headers['grpc-status'], undefined);
  });
});
