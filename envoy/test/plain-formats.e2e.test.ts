/** CSV, multipart, NDJSON and field rules on a real Envoy: what the model sees, what the caller gets, what the record says. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Answer, call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { at, readTrail, terminalOf } from './harness/trail.ts';
import type { Reached } from './harness/upstream.ts';

const endpoint = (api: string, profile: string): string => `
  - { name: ${api}, match: { host: models.bank.test, path: /${api} }, api: ${api}, model: { name: m }, mask: { request: ${profile}, response: ${profile} } }`;
const policy = `version: 1
endpoints:${endpoint('csv', 'bank')}${endpoint('ndjson', 'bank')}${endpoint('multipart', 'pictures')}${endpoint('json', 'customers')}
rules:
  - { name: analysts, match: { groups: [analysts] }, then: allow }
mask:
  pictures: { like: bank, binary_parts: keep }
  customers: { like: bank, fields: [{ path: "$.rows[?@.kind=='customer'].id", as: us_ssn }] }
`;

let gateway: Gateway;
let token: string;
before(async () => {
  gateway = await startTestGateway({ policy });
  token = await gateway.issuer.token('ana', ['analysts']);
});
after(() => gateway.stop());

const ask = (path: string, headers: Record<string, string>, body: Buffer | string): Promise<Answer> =>
  call({ port: gateway.port, path, token, body: Buffer.from(body), headers });
const answerWith =
  (headers: Record<string, string>, body: Buffer | string) =>
  (_: Reached, response: ServerResponse): void => {
    response.writeHead(200, headers).end(body);
  };
const seen = (): Reached => gateway.model.reached.at(-1) ?? assert.fail('nothing reached the model');
const record = (answer: Answer) =>
  terminalOf(readTrail(gateway.ledger), String(answer.headers['x-countersign-session']));

test('CSV, compressed both ways: columns masked under their names, rows counted, its own content type upstream', async () => {
  const table = 'id,ssn,note\r\n536228726,536228726,"a ""b"",\r\n4111 1111 1111 1111"\r\n';
  const masked = 'id,ssn,note\r\n536228726,*********,"a ""b"",\r\n**** **** **** 1111"\r\n';
  gateway.model.answer = answerWith({ 'content-type': 'text/csv', 'content-encoding': 'gzip' }, gzipSync(table));
  const headers = { 'content-type': 'text/csv', 'content-encoding': 'gzip', 'accept-encoding': 'gzip' };
  const answer = await ask('/csv', headers, gzipSync(table));
  assert.equal(seen().headers['content-type'], 'text/csv');
  assert.equal(seen().body.toString(), masked);
  assert.equal(answer.body.toString(), masked);
  const closed = record(answer);
  assert.equal(at(closed, 'request', 'facts', 'rows'), '1');
  assert.deepEqual(at(closed, 'masking', 'response', 'counts'), { us_ssn: 1, credit_card: 1 });
});

test('multipart: each part as what it is, a picture as it came, the boundary upstream', async () => {
  const picture = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0xff, 0x31, 0x32, 0x33]);
  const body = (ssn: string): Buffer =>
    Buffer.concat([
      Buffer.from(`--b\r\nContent-Disposition: form-data; name="ssn"\r\n\r\n${ssn}\r\n--b\r\n`),
      Buffer.from('Content-Disposition: form-data; name="scan"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'),
      picture,
      Buffer.from('\r\n--b--\r\n'),
    ]);
  gateway.model.answer = answerWith({ 'content-type': 'application/json' }, '{"ssn":"536-22-8726"}');
  const answer = await ask('/multipart', { 'content-type': 'multipart/form-data; boundary=b' }, body('536228726'));
  assert.equal(seen().headers['content-type'], 'multipart/form-data; boundary=b');
  assert.ok(seen().body.equals(body('*********')));
  assert.equal(answer.body.toString(), '{"ssn":"***-**-****"}');
  assert.equal(at(record(answer), 'request', 'facts', 'rows'), '2');
});

test('NDJSON that ends within a line is closed, the line masked like the others; a line that is no JSON is not legible', async () => {
  gateway.model.answer = answerWith({}, '{"ssn":536228726}\r\noops 536228726\n{"mail":"ann@ex.org"');
  const answer = await ask('/ndjson', {}, '{"a":1}\n{"a":2}\n');
  assert.equal(seen().headers['content-type'], 'application/x-ndjson');
  assert.equal(answer.body.toString(), '{"ssn":999999999}\r\n**** *********\n{"mail":"***@******"');
  const closed = record(answer);
  assert.equal(at(closed, 'request', 'facts', 'rows'), '2');
  assert.deepEqual(at(closed, 'masking', 'response', 'faults'), ['ndjson_line_not_json']);
});

test('a field rule: what stands at its path is hidden, both ways, and everything else keeps its bytes', async () => {
  const document = (id: string): string =>
    `{ "rows" : [ {"id": ${id}, "kind":"customer"}, {"id": "c-17", "kind":"x"} ] }`;
  gateway.model.answer = answerWith({ 'content-type': 'application/json' }, document('"c-17"'));
  const answer = await ask('/json', {}, document('17'));
  assert.equal(seen().body.toString(), document('99'));
  assert.equal(answer.body.toString(), document('"*-**"'));
  assert.deepEqual(at(record(answer), 'masking', 'response', 'counts'), { us_ssn: 1 });
});
