/** HTTP/2 on either side: what each combination carries, what ends early, and what is refused. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { type H2Answer, type H2Call, h2Call } from './harness/h2-call.ts';
import { type H2Model, startH2Model } from './harness/h2-model.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';
import { at, readTrail, terminalOf } from './harness/trail.ts';

const ssn = '536-22-8726';
const masked = '***-**-****';

let model: H2Model;
let gateway: Gateway;
let token: string;
before(async () => {
  model = await startH2Model();
  const route = { name: 'h2', domain: '*', prefix: '/text/h2', host: '127.0.0.1', port: model.port } as const;
  gateway = await startTestGateway({ policy: assistantPolicy, upstreams: [{ ...route, tls: false, http2: true }] });
  token = await gateway.issuer.token('ana', ['analysts']);
});
after(async () => {
  await gateway.stop();
  model.close();
});
beforeEach(() => {
  gateway.model.reached.length = 0;
  gateway.model.answer = (_, response) =>
    void response.writeHead(200, { 'content-type': 'text/plain' }).end(`ssn ${ssn}`);
  model.reached.length = 0;
  model.answer = (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'text/plain' });
    stream.end(`ssn ${ssn}`);
  };
});

const send = (options: H2Call): Promise<H2Answer> => h2Call(gateway.port, { token, ...options });
const to = (path: string, more: H2Call['headers'] = {}): { headers: NonNullable<H2Call['headers']> } => ({
  headers: { ':path': path, ...more },
});
const ending = ({ headers }: { readonly headers: Record<string, unknown> }) =>
  terminalOf(readTrail(gateway.ledger), String(headers['x-countersign-session']));

describe('callers and models of either version', () => {
  const callers = {
    'HTTP/1.1': (path: string, body?: string) => call({ port: gateway.port, path, token, body }),
    'HTTP/2': (path: string, body?: string) => send({ ...to(path), ...(body === undefined ? {} : { body }) }),
  };
  const models = {
    'HTTP/1.1': { path: '/text/a', last: () => gateway.model.reached.at(-1) },
    'HTTP/2': { path: '/text/h2', last: () => model.reached.at(-1) },
  };
  for (const [caller, ask] of Object.entries(callers)) {
    for (const [version, { path, last }] of Object.entries(models)) {
      test(`${caller} caller, ${version} model: GET and POST, masked, recorded, the length kept for the model`, async () => {
        for (const body of [undefined, 'body', 'x'.repeat(300_000)]) {
          const answer = await ask(path, body);
          assert.equal(answer.status, 200);
          assert.equal(answer.body.toString(), `ssn ${masked}`);
          assert.equal(ending(answer).type, 'session.closed');
          assert.equal(last()?.body.toString(), body ?? '');
          assert.equal(last()?.headers['content-length'], body === undefined ? undefined : String(body.length));
          assert.equal(last()?.headers['x-countersign-session'], answer.headers['x-countersign-session']);
        }
      });
    }
  }
});

describe('trailers', () => {
  for (const body of ['body', '']) {
    test(`of a request ${body === '' ? 'without' : 'with'} a body end it, and do not reach the model`, async () => {
      const answer = await send({
        ...to('/text/h2'),
        body,
        trailers: { 'x-user': 'root', authorization: 'Bearer mine' },
      });
      assert.equal(answer.status, 200);
      assert.equal(model.reached[0]?.body, body);
      assert.deepEqual(Object.keys(model.reached[0]?.trailers ?? {}), []);
    });
  }

  const noted = { 'x-note': ssn, 'grpc-status': '5', 'grpc-message': `no ${ssn}`, 'x-card-bin': 'NTM2LTIyLTg3MjY' };
  test('of an answer arrive masked; binary ones, which nobody here reads, do not', async () => {
    model.answer = (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/plain' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers(noted));
      stream.end('hello');
    };
    const answer = await send(to('/text/h2'));
    assert.equal(answer.body, 'hello');
    assert.deepEqual(Object.fromEntries(Object.entries(answer.trailers ?? {})), {
      'x-note': masked,
      'grpc-status': '5',
      'grpc-message': `no ${masked}`,
    });
    assert.equal(ending(answer).type, 'session.closed');
    const old = await call({ port: gateway.port, path: '/text/h2', token, headers: { te: 'trailers' } });
    assert.equal(old.complete, true);
    assert.equal(old.body.toString(), 'hello', 'an HTTP/1.1 caller gets the answer without them');
  });

  test('only: an answer that is nothing but headers is masked and recorded like one', async () => {
    model.answer = (stream) => stream.respond({ ':status': 200, ...noted }, { endStream: true });
    const answer = await send({ ...to('/text/h2'), body: 'x' });
    assert.equal(answer.headers['grpc-status'], '5');
    assert.equal(answer.headers['grpc-message'], `no ${masked}`);
    assert.equal(answer.headers['x-card-bin'], undefined);
    assert.equal(ending(answer).type, 'session.closed');
  });
});

test('interim answers of an HTTP/2 model stop at the gateway', async () => {
  model.answer = (stream) => {
    stream.additionalHeaders({ ':status': 103, link: `<${ssn}>` });
    stream.respond({ ':status': 200 });
    stream.end('x');
  };
  const answer = await send(to('/text/h2'));
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.interim, []);
});

test('a model that resets before its answer: 503 by Envoy, recorded', async () => {
  model.answer = (stream) => stream.close(2);
  const answer = await send(to('/text/h2'));
  assert.equal(answer.status, 503);
  assert.equal(at(ending(answer), 'response', 'status'), 503);
});

test('a model that resets in the middle of its answer: reset for the caller too, aborted in the record', async () => {
  let cut = (): void => undefined;
  model.answer = (stream) => {
    stream.respond({ ':status': 200 });
    stream.write('half of it, ');
    cut = () => void stream.destroy(new Error('cut'));
  };
  const known = new Set(readTrail(gateway.ledger).map(({ session }) => session));
  assert.equal((await send({ ...to('/text/h2'), onData: () => cut() })).reset, true);
  const ended = () =>
    readTrail(gateway.ledger).find(({ type, session }) => type === 'session.aborted' && !known.has(session));
  await until('the session has ended', () => ended() !== undefined);
});

describe('a refusal while the caller is still sending', () => {
  test('by authz-service, before any of the body', async () => {
    const answer = await h2Call(gateway.port, { token: 'garbage', body: 'x'.repeat(1_000), open: true });
    assert.equal(answer.status, 401);
    assert.equal(answer.reset, false);
  });
  test('by proc-service, as soon as the body is over the limit', async () => {
    const answer = await send({ body: 'x'.repeat(8 * 1024 * 1024 + 1), open: true });
    assert.equal(answer.status, 413);
    assert.equal(at(ending(answer), 'refusal', 'code'), 'ERR_BODY_TOO_LARGE');
    assert.equal(gateway.model.reached.length, 0);
  });
});

describe('what is refused, with a record', () => {
  const refused: Readonly<Record<string, readonly [call: H2Call, status: number, reason: string]>> = {
    'CONNECT, which has no route': [
      {
        headers: { ':method': 'CONNECT', ':path': undefined, ':authority': 'models.bank.test:443' },
        body: 'x',
        open: true,
      },
      403,
      'hand_off_missing',
    ],
    'a method in lower case': [to('/text/a', { ':method': 'get' }), 400, 'method_unreadable'],
    'an unknown method': [to('/text/a', { ':method': 'BREW' }), 403, 'no_endpoint'],
    TRACE: [to('/text/a', { ':method': 'TRACE' }), 403, 'no_endpoint'],
    'OPTIONS *': [to('*', { ':method': 'OPTIONS' }), 404, 'answered_by_envoy_before_identity'],
    'a fragment': [to('/text/a#b'), 400, 'answered_by_envoy_before_identity'],
    'a path with bytes above ASCII': [to('/text/a\xe9'), 400, 'character_not_ascii_printable'],
    'an encoded slash': [to('/text/a%2Fb'), 400, 'encoded_slash'],
    'a long path': [to(`/text/${'y'.repeat(20_000)}`), 400, 'path_too_long'],
  };
  for (const [name, [request, status, reason]] of Object.entries(refused)) {
    test(name, async () => {
      const answer = await send(request);
      assert.equal(answer.status, status);
      const ended = ending(answer);
      assert.equal(ended.type, 'session.denied');
      assert.equal(at(ended, 'decision', 'reason') ?? at(ended, 'reason'), reason);
      assert.equal(gateway.model.reached.length, 0);
    });
  }
});

/** Envoy's codec ends the stream or the connection before any filter sees it: there is nothing that could be recorded. */
describe('what ends in Envoy’s codec: no answer, and nothing at the model', () => {
  const ended: Readonly<Record<string, H2Call>> = {
    'extended CONNECT (WebSocket over HTTP/2)': {
      headers: { ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'http' },
      body: 'x',
      open: true,
    },
    'an absolute path': to('http://models.bank.test/text/a'),
    'an empty path': to(''),
    'more than 60 KiB of headers': to('/text/a', { 'x-a': 'y'.repeat(61_000) }),
    'more than 100 headers': to(
      '/text/a',
      Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`x-${index}`, 'a'])),
    ),
    'a length that the body does not have': { headers: { 'content-length': '9' }, body: 'data' },
  };
  for (const [name, request] of Object.entries(ended)) {
    test(name, async () => {
      const answer = await send(request);
      assert.equal(answer.status, 0);
      assert.equal(gateway.model.reached.length, 0);
    });
  }
});

test('a Host header beside :authority does not reach the model; alone it is the host', async () => {
  assert.equal((await send(to('/text/a', { host: 'evil.test' }))).status, 200);
  assert.equal(gateway.model.reached[0]?.headers.host, 'models.bank.test');
  assert.equal((await send(to('/text/a', { ':authority': undefined, host: 'models.bank.test' }))).status, 200);
  assert.equal((await send(to('/text/a', { ':authority': undefined, host: 'evil.test' }))).status, 403);
});
