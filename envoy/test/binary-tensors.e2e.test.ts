/** Open Inference with tensors behind the JSON, as tritonclient sends and asks unless told otherwise, on a real Envoy. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Answer, call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { rawText } from './harness/inference-client.ts';
import { at, readTrail, terminalOf } from './harness/trail.ts';
import type { Reached } from './harness/upstream.ts';

const policy = `version: 1
endpoints:
  - name: scoring
    match: { host: models.bank.test, path: "/v2/models/*/infer" }
    api: open-inference-v2
    model: { name: "{path[2]}" }
    mask: { request: bank, response: bank }
rules:
  - { name: analysts, match: { groups: [analysts] }, then: allow }
`;
const note = 'customer 536-22-8726, card 4111 1111 1111 1111';
const masked = 'customer ***-**-****, card **** **** **** 1111';

let gateway: Gateway;
let token: string;
before(async () => {
  gateway = await startTestGateway({ policy });
  token = await gateway.issuer.token('ana', ['analysts']);
});
after(() => gateway.stop());

interface Tensor {
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data: Buffer;
}
const header = 'inference-header-content-length';
function withTail(
  list: 'inputs' | 'outputs',
  tensors: readonly Tensor[],
): { readonly json: Buffer; readonly body: Buffer } {
  const members = tensors.map(({ datatype, shape, data }, index) => ({
    name: `t${index}`,
    datatype,
    shape,
    parameters: { binary_data_size: data.length },
  }));
  const json = Buffer.from(JSON.stringify({ id: 'for 536-22-8726', [list]: members }));
  return { json, body: Buffer.concat([json, ...tensors.map(({ data }) => data)]) };
}
const numbers: Tensor = { datatype: 'FP64', shape: [2], data: Buffer.from(Float64Array.from([0.5, -1]).buffer) };
const texts = (text: string): Tensor => ({ datatype: 'BYTES', shape: [3], data: rawText(text, 'x', text) });

function ask(headers: Record<string, string>, body: Buffer): Promise<Answer> {
  return call({ port: gateway.port, path: '/v2/models/credit/infer', token, body, headers });
}
const answerWith =
  (headers: Record<string, string>, body: Buffer) =>
  (_: Reached, response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/octet-stream', ...headers }).end(body);
  };

test('binary tensors both ways: text masked where it lies, numbers as they were, every length and the record right', async () => {
  const sent = withTail('inputs', [numbers, texts(note)]);
  const given = withTail('outputs', [texts(note), numbers]);
  gateway.model.answer = answerWith({ [header]: String(given.json.length) }, given.body);
  const answer = await ask({ [header]: String(sent.json.length) }, sent.body);

  const { headers, body } = gateway.model.reached.at(-1) ?? assert.fail('nothing reached the model');
  assert.equal(headers[header], String(sent.json.length));
  assert.equal(headers['content-type'], 'application/octet-stream');
  assert.match(body.subarray(0, sent.json.length).toString(), /for \*\*\*-\*\*-\*\*\*\*/);
  assert.ok(body.subarray(sent.json.length).equals(Buffer.concat([numbers.data, texts(masked).data])));

  assert.equal(answer.status, 200);
  assert.equal(answer.headers[header], String(given.json.length));
  assert.match(answer.body.subarray(0, given.json.length).toString(), /for \*\*\*-\*\*-\*\*\*\*/);
  assert.ok(answer.body.subarray(given.json.length).equals(Buffer.concat([texts(masked).data, numbers.data])));
  const closed = terminalOf(readTrail(gateway.ledger), String(answer.headers['x-countersign-session']));
  assert.equal(at(closed, 'request', 'facts', 'rows'), '3');
  assert.deepEqual(at(closed, 'masking', 'response', 'counts'), { us_ssn: 3, credit_card: 2 });
});

test('compressed both ways: the length of the JSON is that of what was compressed', async () => {
  const sent = withTail('inputs', [texts(note)]);
  const given = withTail('outputs', [texts(note)]);
  gateway.model.answer = answerWith(
    { [header]: String(given.json.length), 'content-encoding': 'gzip' },
    gzipSync(given.body),
  );
  const coded = { [header]: String(sent.json.length), 'content-encoding': 'gzip', 'accept-encoding': 'gzip' };
  const answer = await ask(coded, gzipSync(sent.body));
  assert.ok(gateway.model.reached.at(-1)?.body.subarray(sent.json.length).equals(texts(masked).data));
  assert.ok(answer.body.subarray(given.json.length).equals(texts(masked).data));
});

test('sizes that do not add up: a request is refused, an answer is cut before what nobody can read', async () => {
  const sent = withTail('inputs', [numbers]);
  const reached = gateway.model.reached.length;
  const refused = await ask({ [header]: String(sent.json.length) }, Buffer.concat([sent.body, Buffer.alloc(1)]));
  assert.equal(refused.status, 400);
  assert.equal(gateway.model.reached.length, reached);
  const given = withTail('outputs', [texts(note)]);
  const { promise: begun, resolve: begins } = Promise.withResolvers<void>();
  gateway.model.answer = async (_, response) => {
    response.writeHead(200, { [header]: String(given.json.length) }).write(given.body);
    // Before anything has reached the caller, Envoy would answer by itself.
    await begun;
    response.end(note);
  };
  const headers = { [header]: String(sent.json.length) };
  const path = '/v2/models/credit/infer';
  const cut = await call({ port: gateway.port, path, token, body: sent.body, headers, onData: () => begins() });
  assert.equal(cut.complete, false);
  assert.ok(cut.body.subarray(given.json.length).equals(texts(masked).data));
  const session = String(cut.headers['x-countersign-session']);
  assert.equal(at(terminalOf(readTrail(gateway.ledger), session), 'reason'), 'response_binary_tensors_do_not_add_up');
});
