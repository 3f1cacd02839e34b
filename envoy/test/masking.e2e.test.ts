/** What leaves the gateway of an answer that holds PII, as it streams. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { after, before, test } from 'node:test';
import { createGzip } from 'node:zlib';
import { type Answer, call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { at, readTrail, terminalOf } from './harness/trail.ts';

const secret = {
  us_ssn: '536-22-8726',
  credit_card: '4111 1111 1111 1111',
  email: 'ana.lopez@example.com',
  iban: 'DE89370400440532013000',
};
const story = `Her SSN is ${secret.us_ssn}, the card ${secret.credit_card}, write to ${secret.email} or use ${secret.iban}. Done.`;

let gateway: Gateway;
let token: string;
before(async () => {
  gateway = await startTestGateway({ policy: assistantPolicy });
  token = await gateway.issuer.token('ana', ['analysts']);
});
after(() => gateway.stop());

const event = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', model: 'bank-assistant', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

/** One event per character, each in a write of its own. */
async function spell(out: { write(text: string): unknown; flush?: () => void }, end: () => void): Promise<void> {
  const events = [
    event({ role: 'assistant', content: '' }),
    ...[...story].map((content) => event({ content })),
    event({}, 'stop'),
    'data: [DONE]\n\n',
  ];
  for (const text of events) {
    out.write(text);
    out.flush?.();
    await new Promise((turn) => setImmediate(turn));
  }
  end();
}

function textOf(answer: Answer): string {
  const lines = answer.body
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('data: {'));
  return lines
    .map((line): unknown => JSON.parse(line.slice('data: '.length)))
    .map((value) => /"content":"((?:[^"\\]|\\.)*)"/.exec(JSON.stringify(value))?.[1] ?? '')
    .join('');
}

function assertMasked(text: string): void {
  for (const value of Object.values(secret)) assert.ok(!text.includes(value), `${value} came through`);
  assert.match(text, /^Her SSN is \*+/);
  assert.match(text, /1111, write to \*/);
  assert.match(text, /Done\.$/);
}
const chat = (more: object = {}): string =>
  JSON.stringify({ model: 'bank-assistant', stream: true, messages: [{ role: 'user', content: 'go' }], ...more });
const ask = (headers: Record<string, string> = {}, onData?: (chunk: Buffer) => void): Promise<Answer> =>
  call({
    port: gateway.port,
    path: '/v1/chat/completions',
    token,
    body: chat(),
    headers,
    ...(onData === undefined ? {} : { onData }),
  });

test('a streamed answer, one character an event: every value masked, the text around it whole', async () => {
  gateway.model.answer = (_, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    return spell(response, () => response.end());
  };
  const answer = await ask();
  assert.equal(answer.status, 200);
  assertMasked(textOf(answer));
  assert.match(answer.body.toString(), /data: \[DONE\]\n\n$/);
  const closed = terminalOf(readTrail(gateway.ledger), String(answer.headers['x-countersign-session']));
  assert.deepEqual(at(closed, 'masking', 'response', 'counts'), { credit_card: 1, email: 1, iban: 1, us_ssn: 1 });
});

test('the same through gzip', async () => {
  gateway.model.answer = (_, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
    const gzip = createGzip();
    gzip.pipe(response);
    return spell({ write: (text) => gzip.write(text), flush: () => gzip.flush() }, () => gzip.end());
  };
  const answer = await ask({ 'accept-encoding': 'gzip' });
  assert.equal(answer.headers['content-encoding'], undefined, 'delivered as identity');
  assertMasked(textOf(answer));
});

test('the first event arrives while the model is still silent about the rest', async () => {
  let release = (): void => undefined;
  gateway.model.answer = (_, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(event({ role: 'assistant', content: '' }));
    release = () => response.end('data: [DONE]\n\n');
  };
  let first = '';
  const answer = await ask({}, (chunk) => {
    first ||= chunk.toString();
    release();
  });
  assert.match(first, /"role":"assistant"/);
  assert.equal(answer.complete, true);
});

test('a JSON answer stays JSON and holds no value, under any of its escapes', async () => {
  gateway.model.answer = (_, response: ServerResponse) =>
    void response
      .writeHead(200, { 'content-type': 'application/json', etag: '"1"' })
      .end(`{"note":"a\\n${secret.us_ssn}\\u002c ${secret.email}","n":12345,"card":4111111111111111}`);
  const answer = await call({ port: gateway.port, path: '/v1/chat/completions', token, body: chat({ stream: false }) });
  assert.doesNotMatch(answer.body.toString(), /536-22|ana\.lopez|411111111111/);
  assert.doesNotThrow(() => JSON.parse(answer.body.toString()));
  assert.equal(answer.headers['etag'], undefined);
});

test('response headers and a coding we cannot read: masked and refused', async () => {
  gateway.model.answer = (_, response: ServerResponse) =>
    void response.writeHead(200, { 'content-type': 'text/plain', 'x-customer': secret.us_ssn }).end('ok');
  const masked = await call({ port: gateway.port, path: '/text/a', token });
  assert.doesNotMatch(String(masked.headers['x-customer']), /536/);
  gateway.model.answer = (_, response: ServerResponse) =>
    void response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'compress' }).end(secret.us_ssn);
  const refused = await call({ port: gateway.port, path: '/text/a', token });
  assert.equal(refused.status, 502);
  assert.doesNotMatch(refused.body.toString(), /536/);
  assert.equal(
    terminalOf(readTrail(gateway.ledger), String(refused.headers['x-countersign-session'])).type,
    'session.aborted',
  );
});

test('corrupt gzip: cut or refused, nothing unread is passed', async () => {
  gateway.model.answer = (_, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' });
    response.end(Buffer.from(`garbage ${secret.us_ssn}`));
  };
  const answer = await call({ port: gateway.port, path: '/text/a', token, headers: { 'accept-encoding': 'gzip' } });
  assert.ok(answer.status >= 500 || !answer.complete);
  assert.doesNotMatch(answer.body.toString(), /536/);
});

test('no value of the story lies in clear in anything that was written', async () => {
  for (const file of globSync(`${gateway.directory}/**/*`).filter((name) => /\.(db|db-wal|log)$/.test(name))) {
    const bytes = readFileSync(file);
    for (const value of Object.values(secret)) assert.equal(bytes.includes(value), false, `${value} in ${file}`);
  }
});

test('an answer that names its tokens: they are in the record, with address, ids and retention', async () => {
  const usage = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 };
  gateway.model.answer = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(event({ content: 'Done.' }));
    response.end(
      `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', model: 'bank-assistant', choices: [], usage })}\n\ndata: [DONE]\n\n`,
    );
  };
  const answer = await ask({ traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' });
  const end = terminalOf(readTrail(gateway.ledger), String(answer.headers['x-countersign-session']));
  assert.deepEqual(at(end, 'response', 'tokens'), { prompt: 9, completion: 12, total: 21 });
  assert.match(String(at(end, 'request', 'source')), /^127\.0\.0\.1:\d+$/);
  assert.match(String(at(end, 'request', 'id')), /^[0-9a-f-]{36}$/);
  assert.equal(at(end, 'request', 'trace'), '4bf92f3577b34da6a3ce929d0e0e4736');
  assert.deepEqual(at(end, 'record'), { payload: 'sealed', retention: '13 months' });
});
