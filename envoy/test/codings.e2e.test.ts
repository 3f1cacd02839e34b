/** Content codings on a real Envoy, both ways: read, masked, delivered uncoded; what cannot be read is refused. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { after, before, describe, test } from 'node:test';
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  createZstdCompress,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import type { StoredRecord } from '@countersign/core/ledger/record.ts';
import { type Answer, call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { at, readTrail, terminalOf } from './harness/trail.ts';

let gateway: Gateway;
let token: string;
before(async () => {
  gateway = await startTestGateway({ policy: assistantPolicy });
  token = await gateway.issuer.token('ana', ['analysts']);
});
after(() => gateway.stop());

const ssn = '536-22-8726';
const end = (answer: Answer): StoredRecord =>
  terminalOf(readTrail(gateway.ledger), String(answer.headers['x-countersign-session']));
const ask = (more: Partial<Parameters<typeof call>[0]> = {}): Promise<Answer> =>
  call({ port: gateway.port, path: '/text/a', token, ...more });

const codings = [
  { name: 'gzip', coding: 'gzip', whole: gzipSync },
  { name: 'deflate (zlib)', coding: 'deflate', whole: deflateSync },
  { name: 'deflate (raw)', coding: 'deflate', whole: deflateRawSync },
  { name: 'br', coding: 'br', whole: brotliCompressSync },
  { name: 'zstd', coding: 'zstd', whole: zstdCompressSync },
] as const;

for (const { name, coding, whole } of codings) {
  describe(name, () => {
    test('a request: the model gets the decoded bytes and no word of the coding', async () => {
      const body = Buffer.from(
        JSON.stringify({ model: 'bank-assistant', messages: [{ role: 'user', content: 'x'.repeat(9_000) }] }),
      );
      gateway.model.answer = (_, response: ServerResponse) => void response.end('{}');
      const answer = await ask({
        path: '/v1/chat/completions',
        body: whole(body),
        headers: { 'content-encoding': coding, 'content-type': 'application/json' },
      });
      assert.equal(answer.status, 200);
      const reached = gateway.model.reached.at(-1);
      assert.ok(reached?.body.equals(body));
      assert.equal(reached?.headers['content-encoding'], undefined);
      assert.equal(reached?.headers['content-length'], String(body.length));
      assert.equal(at(end(answer), 'request', 'coding'), coding);
      assert.equal(at(end(answer), 'request', 'received_bytes'), whole(body).length);
    });

    test('a large request in pieces', async () => {
      const body = Buffer.from(Array.from({ length: 60_000 }, (_, i) => `line ${i}\n`).join(''));
      const coded = whole(body);
      const pieces = Array.from({ length: Math.ceil(coded.length / 9_000) }, (_, i) =>
        coded.subarray(i * 9_000, (i + 1) * 9_000),
      );
      const answer = await ask({ pieces, headers: { 'content-encoding': coding } });
      assert.equal(answer.status, 200);
      assert.ok(gateway.model.reached.at(-1)?.body.equals(body));
    });

    test('a response: masked, delivered uncoded, asked for only where the caller takes it', async () => {
      gateway.model.answer = (_, response: ServerResponse) =>
        void response
          .writeHead(200, { 'content-type': 'text/plain', 'content-encoding': coding, etag: '"1"' })
          .end(whole(Buffer.from(`SSN ${ssn}, and so on. `.repeat(2_000))));
      const answer = await ask({ headers: { 'accept-encoding': `${coding};q=0.8, compress` } });
      assert.equal(answer.status, 200);
      assert.equal(answer.complete, true);
      assert.equal(answer.body.toString(), 'SSN ***-**-****, and so on. '.repeat(2_000));
      assert.equal(answer.headers['content-encoding'], undefined);
      assert.equal(answer.headers['etag'], undefined);
      assert.equal(gateway.model.reached.at(-1)?.headers['accept-encoding'], `${coding};q=0.8`);
      assert.equal(at(end(answer), 'response', 'coding'), coding);
    });

    test('a request that was cut short is refused, and nothing of it reaches the model', async () => {
      const reached = gateway.model.reached.length;
      const coded = whole(Buffer.from('never to be seen'.repeat(100)));
      const answer = await ask({ body: coded.subarray(0, -2), headers: { 'content-encoding': coding } });
      assert.equal(answer.status, 400);
      assert.match(String(at(end(answer), 'refusal', 'reason')), /ERR_CODING_TRUNCATED/);
      assert.equal(gateway.model.reached.length, reached);
    });

    test('a request that expands too far is refused', async () => {
      const answer = await ask({ body: whole(Buffer.alloc(4 << 20)), headers: { 'content-encoding': coding } });
      assert.equal(answer.status, 400);
      assert.match(String(at(end(answer), 'refusal', 'reason')), /ERR_CODING_EXPANSION/);
    });

    test('a response that expands too far, or is damaged: cut, and the record says why', async () => {
      for (const [body, reason] of [
        [whole(Buffer.alloc(32 << 20)), 'response_coding_expansion'],
        [Buffer.from(`no coding at all, ${ssn}`), 'response_coding_corrupt'],
        [whole(Buffer.from('and so on '.repeat(100))).subarray(0, -2), 'response_coding_truncated'],
      ] as const) {
        gateway.model.answer = (_, response: ServerResponse) =>
          void response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': coding }).end(body);
        const answer = await ask({ headers: { 'accept-encoding': coding } }).catch(() => undefined);
        assert.ok(answer === undefined || answer.status >= 500 || !answer.complete);
        assert.doesNotMatch(String(answer?.body), /536/);
        const aborted = readTrail(gateway.ledger).filter(({ type }) => type === 'session.aborted');
        assert.ok(
          aborted.some((record) => at(record, 'reason') === reason),
          reason,
        );
      }
    });
  });
}

const event = (content: string): string =>
  `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', model: 'bank-assistant', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;

for (const [coding, open] of [
  ['gzip', createGzip],
  ['deflate', createDeflate],
  ['br', () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
  ['zstd', createZstdCompress],
] as const) {
  test(`an event stream in ${coding}: an event that the model has flushed arrives while the model waits`, async () => {
    let goOn: (() => void) | undefined;
    gateway.model.answer = (_, response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': coding });
      const encoder = open();
      encoder.pipe(response);
      encoder.write(event('The first sentence is over. '));
      encoder.flush();
      goOn = () => {
        goOn = undefined;
        for (const character of `SSN ${ssn}.`) {
          encoder.write(event(character));
          encoder.flush();
        }
        encoder.end('data: [DONE]\n\n');
      };
    };
    const answer = await ask({
      path: '/v1/chat/completions',
      body: JSON.stringify({ model: 'bank-assistant', stream: true, messages: [{ role: 'user', content: 'go' }] }),
      headers: { 'accept-encoding': coding },
      // Nothing more is sent before this has come.
      onData: (chunk) => void (chunk.includes('The first') && goOn?.()),
    });
    assert.equal(answer.complete, true);
    assert.doesNotMatch(answer.body.toString().replaceAll(/\n|data: |\{.*?"content":"|"\}.*?\}\]\}/g, ''), /536/);
    assert.match(answer.body.toString(), /\[DONE\]/);
    assert.deepEqual(at(end(answer), 'masking', 'response', 'counts'), { us_ssn: 1 });
  });
}

describe('codings that are not read', () => {
  for (const coding of ['compress', 'gzip, br', 'gzip, gzip', 'x-unknown', 'gzip;q=1']) {
    test(`a request in "${coding}": 415`, async () => {
      const answer = await ask({ body: gzipSync('x'), headers: { 'content-encoding': coding } });
      assert.equal(answer.status, 415);
    });
    test(`a response in "${coding}": 502, and nothing of it is passed`, async () => {
      gateway.model.answer = (_, response: ServerResponse) =>
        void response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': coding }).end(ssn);
      const answer = await ask();
      assert.equal(answer.status, 502);
      assert.doesNotMatch(answer.body.toString(), /536/);
    });
  }
  test('a request that is too large only when it is decoded: 413', async () => {
    const body = gzipSync(randomBytes(4_500_000).toString('hex'));
    assert.ok(body.length < 8 << 20);
    const answer = await ask({ body, headers: { 'content-encoding': 'gzip' } });
    assert.equal(answer.status, 413);
  });
  test('a request in "identity, gzip" is one in gzip', async () => {
    gateway.model.answer = (_, response: ServerResponse) => void response.end('ok');
    const answer = await ask({ body: gzipSync('plain words'), headers: { 'content-encoding': 'identity, gzip' } });
    assert.equal(answer.status, 200);
    assert.equal(`${gateway.model.reached.at(-1)?.body}`, 'plain words');
  });
});
