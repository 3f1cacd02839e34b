/** Request lines and hosts: what a target may look like, and what is refused before it can be read in two ways. */
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

const send = (request: string): Promise<RawAnswer> => rawCall(gateway.port, { pieces: [request] });
const line = (text: string): Promise<RawAnswer> => send(rawRequest(text, token));
/** With exactly these lines about the host. */
const hosts = (...lines: readonly string[]): Promise<RawAnswer> =>
  send(['GET /text/a HTTP/1.1', ...lines, `authorization: Bearer ${token}`, 'connection: close', '', ''].join('\r\n'));

function refusedBy(answer: RawAnswer, status: number, reason: string): void {
  assert.equal(answer.status, status, answer.text);
  const ended = terminalOf(readTrail(gateway.ledger), answer.session);
  assert.equal(ended.type, 'session.denied');
  const seen = at(ended, 'decision', 'reason') ?? at(ended, 'reason');
  assert.equal(seen, reason);
  assert.equal(gateway.model.reached.length, 0);
}

describe('a path that can be read in two ways is refused with 400', () => {
  const paths: Readonly<Record<string, string>> = {
    '/text/a%2Fb': 'encoded_slash',
    '/text/a%2fb': 'encoded_slash',
    '/text/a%5Cb': 'encoded_backslash',
    '/text/a\\b': 'backslash',
    '/text/a;b': 'path_parameter',
    '/text/a%3Bb': 'encoded_path_parameter',
    '/text//a': 'empty_segment',
    '//text/a': 'empty_segment',
    '/text/./a': 'dot_segment',
    '/text/../v1/chat/completions': 'dot_segment',
    '/text/%2e%2e/a': 'dot_segment',
    '/text/a%00': 'encoded_control',
    '/text/a%0A': 'encoded_control',
    '/text/a%zz': 'percent_encoding_broken',
    '/text/a%': 'percent_encoding_broken',
    '/text/a%E9': 'percent_encoding_not_utf8',
    [`/text/${'y'.repeat(8_200)}`]: 'path_too_long',
  };
  for (const [path, reason] of Object.entries(paths)) {
    test(path.slice(0, 40), async () => refusedBy(await line(`GET ${path} HTTP/1.1`), 400, reason));
  }
});

test('a path with a fragment is refused by Envoy, and recorded', async () =>
  refusedBy(await line('GET /text/a#b HTTP/1.1'), 400, 'answered_by_envoy_before_identity'));

test('a path may have escaped characters that only read one way, and a query anything', async () => {
  for (const path of ['/text/a%C3%A9', '/text/a?x=%2F%00&y=../..']) {
    assert.equal((await line(`GET ${path} HTTP/1.1`)).status, 200);
    assert.equal(gateway.model.reached.at(-1)?.path, path, 'forwarded as it came');
  }
});

describe('absolute form', () => {
  for (const scheme of ['http', 'https']) {
    test(`${scheme}: its host counts, not the Host header, and the model gets the origin form`, async () => {
      assert.equal((await line(`GET ${scheme}://models.bank.test/text/a?b=c HTTP/1.1`)).status, 200);
      assert.equal(gateway.model.reached[0]?.path, '/text/a?b=c');
      assert.equal(gateway.model.reached[0]?.headers.host, 'models.bank.test');
    });
  }
  test('of another host: no endpoint, whatever the Host header says', async () =>
    refusedBy(await line('GET http://evil.test/text/a HTTP/1.1'), 403, 'no_endpoint'));
  test('without a path: no endpoint', async () =>
    refusedBy(await line('GET http://models.bank.test HTTP/1.1'), 403, 'no_endpoint'));
});

describe('what has no path reaches no model', () => {
  test('OPTIONS *', async () => refusedBy(await line('OPTIONS * HTTP/1.1'), 404, 'answered_by_envoy_before_identity'));
  test('CONNECT has no route, so authz-service is never asked: proc-service refuses and records it', async () => {
    const answer = await line('CONNECT models.bank.test:443 HTTP/1.1');
    refusedBy(answer, 403, 'hand_off_missing');
    const ended = terminalOf(readTrail(gateway.ledger), answer.session);
    assert.equal(at(ended, 'request', 'method'), 'CONNECT');
    assert.equal(at(ended, 'request', 'authority'), 'models.bank.test:443');
  });
});

describe('upgrades', () => {
  const upgrade = (protocol: string, ...more: readonly string[]): string =>
    rawRequest('GET /text/a HTTP/1.1', token, [`upgrade: ${protocol}`, ...more]).replace(
      'connection: close',
      'connection: upgrade, http2-settings',
    );
  test('to a WebSocket: refused by Envoy, recorded', async () => {
    const handshake = ['sec-websocket-version: 13', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='];
    refusedBy(await send(upgrade('websocket', ...handshake)), 403, 'answered_by_envoy_before_identity');
  });
  test('to h2c: not taken up, and nothing of the offer reaches the model', async () => {
    const request = upgrade('h2c', 'http2-settings: AAMAAABkAAQAAP__');
    const answer = await rawCall(gateway.port, { pieces: [request], enough: (text) => text.endsWith('\r\n0\r\n\r\n') });
    assert.equal(answer.status, 200);
    const headers = gateway.model.reached[0]?.headers ?? {};
    for (const name of ['upgrade', 'http2-settings', 'connection'])
      assert.doesNotMatch(String(headers[name]), /h2c|upgrade|AAMA/, name);
  });
});

describe('methods', () => {
  for (const method of ['TRACE', 'PROPFIND', 'OPTIONS', 'PUT', 'DELETE', 'PATCH']) {
    test(`${method}, which the endpoint does not name: no endpoint`, async () =>
      refusedBy(await line(`${method} /text/a HTTP/1.1`), 403, 'no_endpoint'));
  }
});

describe('hosts', () => {
  test('a port, and upper case, are still the endpoint’s host', async () => {
    for (const host of ['models.bank.test:80', 'MODELS.bank.test']) {
      assert.equal((await hosts(`host: ${host}`)).status, 200);
    }
  });
  const odd: Readonly<Record<string, readonly string[]>> = {
    two: ['host: models.bank.test', 'host: evil.test'],
    'twice the same': ['host: models.bank.test', 'host: models.bank.test'],
    empty: ['host:'],
    'with a user': ['host: ana@models.bank.test'],
    'with a final dot': ['host: models.bank.test.'],
  };
  for (const [name, lines] of Object.entries(odd)) {
    test(`${name}: 400`, async () => refusedBy(await hosts(...lines), 400, 'authority_unreadable'));
  }
  test('none: 400 by Envoy, recorded', async () => refusedBy(await hosts(), 400, 'answered_by_envoy_before_identity'));
});

/** Envoy ends the connection in the very turn in which it finds the fault, so its own 400, which goes through proc-service, is lost. */
test('what is no HTTP/1.1 request is never answered and never reaches the model, and each is recorded with Envoy’s status', async () => {
  const malformed: Readonly<Record<string, number>> = {
    'GET text/a HTTP/1.1': 400,
    'GET ftp://models.bank.test/text/a HTTP/1.1': 400,
    'GET  HTTP/1.1': 400,
    'GET /text/a b HTTP/1.1': 400,
    'GET /text/a\tb HTTP/1.1': 400,
    'GET /text/a\xe9 HTTP/1.1': 400,
    'CONNECT /text/a HTTP/1.1': 400,
    'get /text/a HTTP/1.1': 400,
    'BREW /text/a HTTP/1.1': 400,
    'M-SEARCH /text/a HTTP/1.1': 400,
    'GET /text/a': 426,
    'GET /text/a HTTP/1.0': 426,
    'GET /text/a HTTP/1.2': 426,
    'GET /text/a HTTP/2.0': 426,
    '\x16\x03\x01\x00garbage': 400,
    [`GET /text/${'y'.repeat(62_000)} HTTP/1.1`]: 431,
  };
  const ends = () => readTrail(gateway.ledger).filter(({ type }) => terminalTypes.some((one) => one === type));
  const before = new Set(ends().map(({ session }) => session));
  const answers = await Promise.all(Object.keys(malformed).map(line));
  for (const answer of answers) assert.equal(answer.text, '');
  assert.equal(gateway.model.reached.length, 0);
  const fresh = () => ends().filter(({ session }) => !before.has(session));
  await until('all are recorded', () => fresh().length === answers.length);
  assert.deepEqual(
    fresh()
      .map((ended) => at(ended, 'response', 'status'))
      .toSorted(),
    Object.values(malformed).toSorted(),
  );
});
