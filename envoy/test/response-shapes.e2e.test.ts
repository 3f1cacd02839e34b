/** HTTP/1.1 answers of a model byte by byte: interim answers, every framing, and what is none. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';
import { answerBytes, type RawModel, startRawModel } from './harness/raw-model.ts';
import { type RawAnswer, rawCall, rawRequest } from './harness/raw-socket.ts';
import { at, readTrail, terminalOf, terminalTypes } from './harness/trail.ts';

const ssn = '536-22-8726';
const masked = '***-**-****';

let model: RawModel;
let gateway: Gateway;
let token: string;
before(async () => {
  model = await startRawModel();
  const route = {
    name: 'raw',
    domain: '*',
    prefix: '/text/',
    host: '127.0.0.1',
    port: model.port,
    tls: false,
  } as const;
  gateway = await startTestGateway({ policy: assistantPolicy, upstreams: [route] });
  token = await gateway.issuer.token('ana', ['analysts']);
});
after(async () => {
  await gateway.stop();
  model.close();
});
beforeEach(() => {
  model.heard.length = 0;
});

/** One call, answered with these bytes and the end of the connection. */
function answered(bytes: string, method = 'GET'): Promise<RawAnswer> {
  model.answer = answerBytes(bytes);
  return rawCall(gateway.port, { pieces: [rawRequest(`${method} /text/a HTTP/1.1`, token)] });
}
/** The body without the chunks it came in. */
function bodyOf({ text }: RawAnswer): string {
  const body = text.slice(text.indexOf('\r\n\r\n') + 4);
  return /\r\ntransfer-encoding: chunked\r\n/i.test(text)
    ? body.replaceAll(/[0-9a-f]+\r\n([\s\S]*?)\r\n/g, '$1').replace(/\r\n$/, '')
    : body;
}
const closed = (answer: RawAnswer, status: number): void => {
  const ended = terminalOf(readTrail(gateway.ledger), answer.session);
  assert.equal(ended.type, 'session.closed');
  assert.equal(at(ended, 'response', 'status'), status);
};
const head = (...lines: readonly string[]): string => ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n');
const ok = `${head('content-type: text/plain', 'content-length: 2')}ok`;

describe('interim answers of a model stop at the gateway: nobody would mask what they say', () => {
  for (const interim of ['100 Continue', '102 Processing', `103 Early Hints\r\nlink: <${ssn}>`]) {
    test(interim.slice(0, 15), async () => {
      const answer = await answered(`HTTP/1.1 ${interim}\r\n\r\n${ok}`);
      assert.deepEqual(answer.statuses, [200]);
      assert.doesNotMatch(answer.text, /536-22/);
      closed(answer, 200);
    });
  }
  test('101, which nobody asked for: 502, and nothing of what follows', async () => {
    const answer = await answered(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n${ssn}`,
    );
    assert.equal(answer.status, 502);
    assert.doesNotMatch(answer.text, /536-22/);
    assert.match(answer.text, /x-should-retry: false/);
    assert.equal(terminalOf(readTrail(gateway.ledger), answer.session).type, 'session.aborted');
  });
});

describe('however an answer is framed, it arrives whole, masked, and ends after its record', () => {
  const framed: Readonly<Record<string, string>> = {
    'with a length': `${head('content-length: 15')}ssn ${ssn}`,
    chunked: `${head('transfer-encoding: chunked')}4\r\nssn \r\nb\r\n${ssn}\r\n0\r\n\r\n`,
    'in chunks of one byte': `${head('transfer-encoding: chunked')}${[...`ssn ${ssn}`].map((one) => `1\r\n${one}\r\n`).join('')}0\r\n\r\n`,
    'until the connection ends': `${head('content-type: text/plain')}ssn ${ssn}`,
    'of HTTP/1.0': `HTTP/1.0 200 OK\r\n\r\nssn ${ssn}`,
    'chunked, with trailers': `${head('transfer-encoding: chunked')}f\r\nssn ${ssn}\r\n0\r\nx-note: ${ssn}\r\n\r\n`,
  };
  for (const [name, bytes] of Object.entries(framed)) {
    test(name, async () => {
      const answer = await answered(bytes);
      assert.equal(answer.status, 200);
      assert.equal(bodyOf(answer), `ssn ${masked}`);
      assert.doesNotMatch(answer.text, /536-22/);
      assert.doesNotMatch(answer.text, /content-length/i);
      closed(answer, 200);
    });
  }
});

// An ETag would vouch for bytes that masking changes, and make a caller's cache answer with them.
describe('answers without a body keep what they say about it, but for validators', () => {
  const length = 'content-length: 55';
  const bodiless: Readonly<
    Record<string, readonly [method: string, bytes: string, status: number, kept: readonly string[]]>
  > = {
    HEAD: ['HEAD', head(length, 'etag: "a"'), 200, [length]],
    'HEAD of what would be gzip': [
      'HEAD',
      head(length, 'content-encoding: gzip'),
      200,
      [length, 'content-encoding: gzip'],
    ],
    'HEAD without a length': ['HEAD', head('content-type: text/plain'), 200, ['content-type: text/plain']],
    '204': ['GET', 'HTTP/1.1 204 No Content\r\nx-a: b\r\n\r\n', 204, ['x-a: b']],
    '205': ['GET', 'HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\n\r\n', 205, ['content-length: 0']],
    '304': ['GET', `HTTP/1.1 304 Not Modified\r\netag: "a"\r\nx-a: b\r\n${length}\r\n\r\n`, 304, ['x-a: b']],
  };
  for (const [name, [method, bytes, status, kept]] of Object.entries(bodiless)) {
    test(name, async () => {
      const answer = await answered(bytes, method);
      assert.equal(answer.status, status);
      assert.equal(answer.text.split('\r\n\r\n')[1], '');
      for (const line of kept) assert.ok(answer.text.includes(`\r\n${line}\r\n`), line);
      assert.doesNotMatch(answer.text, /\r\netag:/i);
      closed(answer, status);
    });
  }
});

describe('headers of an answer', () => {
  test('that repeat are all kept, in order', async () => {
    const answer = await answered(
      head('set-cookie: a=1', 'set-cookie: b=2', 'x-note: 1', 'x-note: 2', 'content-length: 0'),
    );
    assert.match(answer.text, /set-cookie: a=1\r\nset-cookie: b=2\r\nx-note: 1\r\nx-note: 2\r\n/);
  });
  test('two content types: nobody knows how it would be read, so it is not passed', async () => {
    const answer = await answered(
      `${head('content-type: text/plain', 'content-type: text/event-stream', 'content-length: 2')}ok`,
    );
    assert.equal(answer.status, 502);
    const ended = terminalOf(readTrail(gateway.ledger), answer.session);
    assert.equal(at(ended, 'refusal', 'code'), 'ERR_RESPONSE_UNREADABLE');
  });
  test('a status that is no standard one is passed', async () => {
    const answer = await answered('HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n');
    assert.equal(answer.status, 999);
    closed(answer, 999);
  });
  test('values of 70,000 bytes are masked like any', async () => {
    const answer = await answered(head(`x-long: ${'y'.repeat(70_000)} ${ssn}`, 'content-length: 0'));
    assert.equal(answer.status, 200);
    assert.ok(answer.text.includes(`${'y'.repeat(70_000)} ${masked}\r\n`));
  });
});

describe('an answer that cannot be HTTP is not passed: 502 by Envoy, recorded as the model’s', () => {
  const broken: Readonly<Record<string, string>> = {
    'not HTTP at all': `hello ${ssn}\r\n\r\n`,
    'a status that is no number': 'HTTP/1.1 abc Odd\r\ncontent-length: 0\r\n\r\n',
    'both transfer-encoding and content-length': `${head('transfer-encoding: chunked', 'content-length: 2')}2\r\nok\r\n0\r\n\r\n`,
    'two lengths that differ': `${head('content-length: 5', 'content-length: 6')}hello`,
  };
  for (const [name, bytes] of Object.entries(broken)) {
    test(name, async () => {
      const answer = await answered(bytes);
      assert.equal(answer.status, 502);
      assert.doesNotMatch(answer.text, /536-22|hello/);
      closed(answer, 502);
    });
  }
});

test('an answer that ends before its length, or in a broken chunk: an error for the caller, aborted in the record', async () => {
  const short: Readonly<Record<string, string>> = {
    'before its length': `${head('content-length: 50')}hello`,
    'in a broken chunk': `${head('transfer-encoding: chunked')}5\r\nhello\r\nzz\r\n`,
  };
  for (const [name, bytes] of Object.entries(short)) {
    const ends = () => readTrail(gateway.ledger).filter(({ type }) => terminalTypes.some((one) => one === type));
    const before = ends().length;
    const answer = await answered(bytes);
    // Whether headers were on their way already is a matter of time; a whole answer it never is.
    assert.ok(answer.status === 502 || !answer.text.endsWith('0\r\n\r\n'), name);
    await until('it is recorded', () => ends().length > before);
    assert.equal(ends().at(-1)?.type, 'session.aborted', name);
  }
});

test('a model that answers before it has read the request: the answer arrives, and is recorded', async () => {
  const body = 'x'.repeat(4_000_000);
  for (const end of [true, false]) {
    model.answer = () => undefined;
    // Answered with the first bytes of the request, whether or not the rest is read.
    model.early = (socket) => {
      const bytes = 'HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\n\r\nbig';
      if (end) socket.end(bytes);
      else socket.write(bytes);
    };
    const request = rawRequest('POST /text/a HTTP/1.1', token, [`content-length: ${body.length}`], body);
    const answer = await rawCall(gateway.port, { pieces: [request] });
    model.early = undefined;
    assert.equal(answer.status, 413);
    assert.equal(bodyOf(answer), 'big');
    closed(answer, 413);
  }
});
