/** HTTP/1.1 requests byte by byte: lengths, chunks, pipelines, headers that repeat or are too many. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';
import { type RawAnswer, rawCall, rawRequest } from './harness/raw-socket.ts';
import { at, readTrail, terminalOf, terminalTypes } from './harness/trail.ts';

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

const post = (headers: readonly string[], body = ''): string =>
  rawRequest('POST /text/a HTTP/1.1', token, headers, body);
const get = (headers: readonly string[], body = ''): string => rawRequest('GET /text/a HTTP/1.1', token, headers, body);
const send = (...pieces: readonly string[]): Promise<RawAnswer> => rawCall(gateway.port, { pieces });
const keptAlive = (request: string): string => request.replace('connection: close\r\n', '');
const chunked = 'transfer-encoding: chunked';
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

describe('however a body is framed, the model gets it with its length', () => {
  // Made when the test runs: the token is not there before.
  const framed: Readonly<Record<string, readonly [pieces: () => readonly string[], body: string]>> = {
    'POST with a length': [() => [post(['content-length: 4'], 'body')], 'body'],
    'POST with length 0': [() => [post(['content-length: 0'])], ''],
    'POST without anything': [() => [post([])], ''],
    'POST chunked': [() => [post([chunked], `${chunk('bo')}${chunk('dy')}0\r\n\r\n`)], 'body'],
    'POST chunked and empty': [() => [post([chunked], '0\r\n\r\n')], ''],
    'POST in chunks of one byte': [
      () => [post([chunked]), ...[...'x'.repeat(300)].map(chunk), '0\r\n\r\n'],
      'x'.repeat(300),
    ],
    'POST with chunk extensions': [() => [post([chunked], '4;a=b;c="d"\r\nbody\r\n0;e\r\n\r\n')], 'body'],
    'POST in pieces that cut head and body': [
      () => [post(['content-length: 4']).slice(0, -3), '\n\r\nbo', 'dy'],
      'body',
    ],
    'GET with a length': [() => [get(['content-length: 4'], 'body')], 'body'],
    'GET chunked': [() => [get([chunked], `${chunk('body')}0\r\n\r\n`)], 'body'],
    'an empty line before the request': [() => [`\r\n${get([])}`], ''],
  };
  for (const [name, [pieces, body]] of Object.entries(framed)) {
    test(name, async () => {
      const answer = await send(...pieces());
      assert.equal(answer.status, 200, answer.text);
      const [reached, ...more] = gateway.model.reached;
      assert.equal(more.length, 0);
      assert.equal(reached?.body.toString(), body);
      assert.equal(reached?.headers['transfer-encoding'], undefined);
      const length = reached?.headers['content-length'] ?? '0';
      assert.equal(length, String(body.length));
      const closed = terminalOf(readTrail(gateway.ledger), answer.session);
      assert.equal(closed.type, 'session.closed');
      assert.equal(at(closed, 'request', 'received_bytes'), body.length);
    });
  }
});

test('trailers of a chunked request end it, and none of them reaches the model', async () => {
  const trailers = 'x-user: root\r\nauthorization: Bearer mine\r\n';
  const answer = await send(post([chunked, 'trailer: x-user'], `${chunk('body')}0\r\n${trailers}\r\n`));
  assert.equal(answer.status, 200);
  assert.equal(gateway.model.reached[0]?.body.toString(), 'body');
  assert.deepEqual(gateway.model.reached[0]?.trailers, {});
  assert.equal(gateway.model.reached[0]?.headers['x-user'], undefined);
});

test('Expect: 100-continue is answered by Envoy before the body comes, and does not reach the model', async () => {
  const answer = await send(post(['expect: 100-continue', 'content-length: 4']), 'body');
  assert.deepEqual(answer.statuses, [100, 200]);
  assert.equal(gateway.model.reached[0]?.headers.expect, undefined);
});

describe('pipelined requests', () => {
  const small = 'content-length: 4';
  test('are answered in order, each with a session of its own', async () => {
    const answer = await send(keptAlive(post([small], 'body')) + get([]));
    assert.deepEqual(answer.statuses, [200, 200]);
    assert.deepEqual(
      gateway.model.reached.map(({ method }) => method),
      ['POST', 'GET'],
    );
    const sessions = [...answer.text.matchAll(/x-countersign-session: (\w+)/g)].map(([, session = '']) => session);
    assert.equal(new Set(sessions).size, 2);
    for (const session of sessions) assert.equal(terminalOf(readTrail(gateway.ledger), session).type, 'session.closed');
  });
  test('behind a refusal are answered', async () => {
    const denied = keptAlive(rawRequest('GET /nowhere HTTP/1.1', token));
    assert.deepEqual((await send(denied + get([]))).statuses, [403, 200]);
  });
  test('behind a 400 are not read any more: Envoy closes the connection', async () => {
    const odd = keptAlive(rawRequest('GET /text//a HTTP/1.1', token));
    assert.deepEqual((await send(odd + get([]))).statuses, [400]);
    assert.equal(gateway.model.reached.length, 0);
  });
});

describe('headers that may stand once', () => {
  const refused: Readonly<Record<string, readonly [request: () => string, status: number, code: string]>> = {
    'two authorizations': [() => get(['authorization: Bearer other']), 401, 'ERR_CREDENTIAL'],
    'two content types': [
      () => post(['content-type: text/plain', 'content-type: application/json', 'content-length: 4'], 'body'),
      400,
      'ERR_REQUEST_HEADERS',
    ],
    'two content types in one': [() => get(['content-type: text/plain, text/html']), 400, 'ERR_REQUEST_HEADERS'],
    'two content codings': [
      () => post(['content-encoding: gzip', 'content-encoding: br', 'content-length: 4'], 'body'),
      415,
      'ERR_BODY_CODING',
    ],
  };
  for (const [name, [request, status, code]] of Object.entries(refused)) {
    test(name, async () => {
      const answer = await send(request());
      assert.equal(answer.status, status, answer.text);
      assert.equal(at(terminalOf(readTrail(gateway.ledger), answer.session), 'refusal', 'code'), code);
      assert.equal(gateway.model.reached.length, 0);
    });
  }
  test('others may repeat, and arrive as often', async () => {
    assert.equal((await send(get(['x-note: one', 'x-note: two']))).status, 200);
    assert.equal(gateway.model.reached[0]?.headers['x-note'], 'one, two');
  });
});

test('header values: bytes above ASCII arrive as they are, folded lines unfolded, a bare CR does not arrive', async () => {
  assert.equal((await send(get(['x-a: caf\xe9', 'x-b: one', ' two', 'x-c: three\rx-d: four']))).status, 200);
  const { headers } = gateway.model.reached[0] ?? {};
  assert.equal(headers?.['x-a'], 'caf\xe9');
  assert.equal(headers?.['x-b'], 'one two');
  assert.equal(headers?.['x-c'], 'threex-d: four');
  assert.equal(headers?.['x-d'], undefined);
});

test('headers named in Connection stop at the gateway', async () => {
  const request = get(['x-hop: 1', 'te: trailers']).replace('connection: close', 'connection: close, x-hop, te');
  assert.equal((await send(request)).status, 200);
  assert.equal(gateway.model.reached[0]?.headers['x-hop'], undefined);
});

test('90 headers, and one of 12,000 bytes, are taken', async () => {
  gateway.model.answer = (_, response) => void response.end('ok');
  const many = Array.from({ length: 90 }, (_, index) => `x-${index}: a`);
  assert.equal((await send(get(many))).status, 200);
  assert.equal((await send(get([`x-long: ${'y'.repeat(12_000)}`]))).status, 200);
  assert.equal(gateway.model.reached[1]?.headers['x-long']?.length, 12_000);
});

/** Envoy ends the connection in the very turn in which it finds the fault, so its own 400, which goes through proc-service, is lost. */
test('framing that two readers could understand differently is never answered and never reaches the model, and is recorded', async () => {
  const malformed: Readonly<Record<string, readonly [request: string, status: number]>> = {
    'both transfer-encoding and content-length': [
      post([chunked, 'content-length: 4'], `${chunk('body')}0\r\n\r\n`),
      400,
    ],
    'two lengths that differ': [post(['content-length: 4', 'content-length: 5'], 'body'), 400],
    'two lengths that agree': [post(['content-length: 4', 'content-length: 4'], 'body'), 400],
    'a list of lengths': [post(['content-length: 4, 4'], 'body'), 400],
    'a length with a sign': [post(['content-length: +4'], 'body'), 400],
    'another transfer coding before chunked': [
      post(['transfer-encoding: gzip, chunked'], `${chunk('body')}0\r\n\r\n`),
      501,
    ],
    'identity as transfer coding': [post(['transfer-encoding: identity']), 501],
    'almost chunked': [post(['transfer-encoding: xchunked'], `${chunk('body')}0\r\n\r\n`), 501],
    'a space before the colon': [post(['transfer-encoding : chunked'], `${chunk('body')}0\r\n\r\n`), 400],
    'a chunk without a size': [post([chunked], 'zz\r\nbody\r\n0\r\n\r\n'), 400],
    'chunks with bare line feeds': [post([chunked], '4\nbody\n0\n\n'), 400],
    'a header name with a space': [get(['x a: b']), 400],
    'a header value with NUL': [get(['x-a: b\0c']), 400],
    'more than 60 KiB of headers': [get([`x-a: ${'y'.repeat(61_000)}`]), 431],
    'more than 100 headers': [get(Array.from({ length: 101 }, (_, index) => `x-${index}: a`)), 431],
  };
  const ends = () => readTrail(gateway.ledger).filter(({ type }) => terminalTypes.some((one) => one === type));
  const before = new Set(ends().map(({ session }) => session));
  const answers = await Promise.all(Object.values(malformed).map(([request]) => send(request)));
  for (const [index, name] of Object.keys(malformed).entries()) assert.equal(answers[index]?.text, '', name);
  assert.equal(gateway.model.reached.length, 0);
  const fresh = () => ends().filter(({ session }) => !before.has(session));
  await until('all are recorded', () => fresh().length === answers.length);
  const statuses = fresh().map((ended) => at(ended, 'response', 'status'));
  assert.deepEqual(
    statuses.toSorted(),
    Object.values(malformed)
      .map(([, status]) => status)
      .toSorted(),
  );
});
