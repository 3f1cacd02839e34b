/**
 * Bodies that cannot be read, on their way through a whole exchange with the real masking and decoding: what left the gateway,
 * and what the record says. Each is a row of docs/failure-modes.md.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { createPatternEngine } from '@countersign/adapters/re2/pattern-engine.ts';
import { createCodec } from '@countersign/adapters/zlib/codec.ts';
import { z } from 'zod';
import { bankOf, copyProfileOf } from '../masking/copy-profile.ts';
import { loadPolicy } from '../policy/load.ts';
import { ByteBudget } from './byte-budget.ts';
import type { HeaderList, Inbound } from './message.ts';
import { serveExchange } from './serve-exchange.ts';
import { createWorld, handOff, lastFacts } from './world.testing.ts';

const encoder = new TextEncoder();
const patterns = createPatternEngine();
const endpoint = (api: string, path: string, response = 'bank'): string => `
  - { name: ${api}, match: { host: h.test, path: ${path} }, api: ${api}, model: { name: m }, mask: { request: bank, response: ${response} } }`;
const text = `version: 1
endpoints:${endpoint('ndjson', '/ndjson')}${endpoint('csv', '/csv')}${endpoint('multipart', '/multipart')}${endpoint('text', '/text')}${endpoint('kserve-v1', '/v1/models/m:predict')}${endpoint('json', '/json', 'house')}
rules:
  - { name: all, match: {}, then: allow }
mask:
  house: { like: bank, fields: [{ path: "$[?@.kind=='customer'].id", as: us_ssn }] }
`;
const hash = {
  sha256: (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest(),
};
const loaded = loadPolicy([{ name: 'p.yaml', text }], { credentials: [] }, { hash, patterns });
if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
const policy = loaded.value;

interface Body {
  readonly contentType: string;
  /** Several: as they come one after the other. */
  readonly bytes: Uint8Array | string | readonly (Uint8Array | string)[];
  readonly coding?: string;
}
const piecesOf = ({ bytes }: Body): readonly Uint8Array[] =>
  [bytes].flat().map((piece) => (typeof piece === 'string' ? encoder.encode(piece) : piece));
const headersOf = ({ contentType, coding }: Body): HeaderList => [
  ['content-type', contentType],
  ...(coding === undefined ? [] : ([['content-encoding', coding]] as const)),
];

const inPieces = (kind: 'request_body' | 'response_body', body: Body): readonly Inbound[] => [
  ...piecesOf(body).map((bytes) => ({ kind, bytes, end: false })),
  { kind, bytes: new Uint8Array(0), end: true },
];

async function run(api: string, path: string, request: Body, response?: Body) {
  const signed = { text: JSON.stringify({ ...handOff, path, endpoint: api }), mac: 'good' };
  const lines: HeaderList = [
    [':method', 'POST'],
    [':authority', 'h.test'],
    [':path', path],
  ];
  const script: Inbound[] = [
    { kind: 'request_headers', headers: [...lines, ...headersOf(request)], end: false, handOff: signed },
    ...inPieces('request_body', request),
  ];
  if (response !== undefined) {
    script.push(
      { kind: 'response_headers', headers: [[':status', '200'], ...headersOf(response)], end: false, handOff: signed },
      ...inPieces('response_body', response),
    );
  }
  const world = createWorld(script, {});
  await serveExchange(world.exchange, {
    ...world.ports,
    masking: createMasking(),
    codec: createCodec(),
    copyProfile: (traffic) => copyProfileOf(bankOf(policy), traffic),
    policy: () => policy,
    budget: new ByteBudget(1 << 20),
    limits: {
      ...world.ports.limits,
      requestBytes: 1 << 16,
      responseEventBytes: 256,
      decodedBytes: 1 << 16,
      expansionRatio: 100,
    },
  });
  const sent = world.happened.flatMap((event) => (event.what === 'sent' ? [event.answer] : []));
  const bodies = (kind: 'request_body' | 'response_body'): string =>
    sent.flatMap((answer) => (answer.kind === kind ? [Buffer.from(answer.bytes).toString('latin1')] : [])).join('');
  const last = world.happened.flatMap((event) => (event.what === 'recorded' ? [event.draft] : [])).at(-1);
  const { reason, masking } = recordSchema.parse(lastFacts(world.happened));
  return {
    status: sent.find((answer) => answer.kind === 'immediate')?.status,
    toModel: bodies('request_body'),
    toCaller: bodies('response_body'),
    isCut: world.happened.at(-1)?.what === 'reset',
    record: last?.type,
    reason,
    faults: masking.response?.faults ?? [],
  };
}

const recordSchema = z.object({
  reason: z.string().optional(),
  masking: z.object({ response: z.object({ faults: z.array(z.string()) }).optional() }),
});

/** Nothing reaches the model. */
async function isRefused(api: string, path: string, request: Body, reason: string): Promise<void> {
  const { status, toModel, record, reason: recorded } = await run(api, path, request);
  assert.deepEqual(
    { status, toModel, record, recorded },
    { status: 400, toModel: '', record: 'session.denied', recorded: reason },
  );
}

/** The caller has only what was released before, and no end. */
async function isCut(api: string, path: string, answer: Body, left: string, reason: string): Promise<void> {
  const outcome = await run(api, path, requests[api] ?? assert.fail(), answer);
  assert.deepEqual(
    { toCaller: outcome.toCaller, isCut: outcome.isCut, record: outcome.record, reason: outcome.reason },
    { toCaller: left, isCut: true, record: 'session.aborted', reason: `response_${reason}` },
  );
}

const multipartType = 'multipart/form-data; boundary=b';
const part = (headers: string, content: string): string => `--b\r\n${headers}\r\n\r\n${content}\r\n`;
const field = 'Content-Disposition: form-data; name="a"';
const requests: Readonly<Record<string, Body>> = {
  ndjson: { contentType: 'application/x-ndjson', bytes: '{"a":1}\n' },
  csv: { contentType: 'text/csv', bytes: 'a,b\n1,2\n' },
  multipart: { contentType: multipartType, bytes: `${part(field, 'x')}--b--\r\n` },
  text: { contentType: 'application/x-www-form-urlencoded', bytes: 'a=1' },
  'kserve-v1': { contentType: 'application/json', bytes: '{"instances":[1]}' },
  json: { contentType: 'application/json', bytes: '{}' },
};
const predict = '/v1/models/m:predict';

describe('a request that two readers could take for two things', () => {
  it('NDJSON with a line that is no JSON: 400, nothing at the model', () =>
    isRefused('ndjson', '/ndjson', { contentType: '', bytes: '{"a":1}\n{"a":' }, 'body_json: not_json_in_line_2'));
  it('CSV with quotes that readers take apart in different ways: 400, nothing at the model', () =>
    isRefused('csv', '/csv', { contentType: '', bytes: 'a,b\n1,2"\n3,4"\n' }, 'body_shape: csv_quote_in_bare_field'));
  it('multipart with a line that is a boundary to some: 400, nothing at the model', () =>
    isRefused(
      'multipart',
      '/multipart',
      { contentType: multipartType, bytes: `${part(field, 'x\r\n--bx')}--b--` },
      'body_shape: multipart_boundary_ambiguous',
    ));
  it('multipart without its last boundary: 400, nothing at the model', () =>
    isRefused(
      'multipart',
      '/multipart',
      { contentType: multipartType, bytes: part(field, 'x') },
      'body_shape: multipart_not_closed',
    ));
  it('multipart with an image, where requests are masked: 400, nothing at the model', () =>
    isRefused(
      'multipart',
      '/multipart',
      { contentType: multipartType, bytes: `${part(`${field}\r\nContent-Type: image/png`, '\0PNG')}--b--` },
      'multipart_part_not_readable',
    ));
  it('rows of a prediction that are given twice: 400, nothing at the model', () =>
    isRefused(
      'kserve-v1',
      predict,
      { contentType: '', bytes: '{"instances":[],"inputs":[]}' },
      'body_shape: rows_given_twice',
    ));
});

describe('an answer that cannot be read to its end', () => {
  it('a line of NDJSON longer than may be kept: cut behind the line before', () =>
    isCut(
      'ndjson',
      '/ndjson',
      { contentType: '', bytes: ['["b@ex.org"]\n["', `${'x'.repeat(300)}"]\n`] },
      '["*@******"]\n',
      'ndjson_line_too_long',
    ));
  it('a record of CSV longer than may be kept: cut behind the record before', () =>
    isCut(
      'csv',
      '/csv',
      { contentType: '', bytes: ['a,b\n1,"', `${'x'.repeat(300)}"\n`] },
      'a,b\n',
      'csv_record_too_long',
    ));
  it('CSV whose header cannot be read: cut, no byte of it', () =>
    isCut('csv', '/csv', { contentType: '', bytes: '"a"b,ssn\n1,123456789\n' }, '', 'csv_text_behind_quote'));
  it('multipart that ends within a part: cut, not ended', () =>
    isCut(
      'multipart',
      '/multipart',
      { contentType: multipartType, bytes: part(field, 'b@ex.org.') },
      part(field, '').slice(0, -2),
      'multipart_not_closed',
    ));
  it('a pair of a form longer than may be kept: cut behind the pair before', () =>
    isCut(
      'text',
      '/text',
      { contentType: 'application/x-www-form-urlencoded', bytes: ['a=b%40ex.org&b=', 'x'.repeat(300)] },
      'a=*%40******&',
      'form_pair_too_long',
    ));
  it('a document longer than a field rule may keep: cut, no byte of it', () =>
    isCut('json', '/json', { contentType: '', bytes: `{"a":"${'x'.repeat(300)}"}` }, '', 'document_too_long'));
  it('a document of a field rule with a key twice: cut, no byte of it', () =>
    isCut(
      'json',
      '/json',
      { contentType: '', bytes: '[{"kind":"customer","kind":"x","id":"AB"}]' },
      '',
      'document_duplicate_key',
    ));
  it('a gzip that ends too early: cut behind the last line that is whole', () => {
    const coded = gzipSync('["b@ex.org"]\n["c@ex.org"]\n');
    return isCut(
      'ndjson',
      '/ndjson',
      { contentType: '', bytes: [coded.subarray(0, coded.length - 9)], coding: 'gzip' },
      '["*@******"]\n',
      'coding_truncated',
    );
  });
  it('a gzip that expands without end: cut at the limit', async () => {
    const bomb: Body = { contentType: 'text/csv', bytes: [gzipSync('a\n'.repeat(1 << 20))], coding: 'gzip' };
    const {
      toCaller,
      isCut: wasCut,
      record,
      reason,
    } = await run('csv', '/csv', requests['csv'] ?? assert.fail(), bomb);
    assert.deepEqual(
      { wasCut, record, reason },
      { wasCut: true, record: 'session.aborted', reason: 'response_coding_too_large' },
    );
    assert.ok(toCaller.length <= 1 << 16);
  });
});

describe('an answer of which a part cannot be read: it is not legible, the rest is masked', () => {
  const answers = async (api: string, path: string, answer: Body, left: string, fault: string): Promise<void> => {
    const outcome = await run(api, path, requests[api] ?? assert.fail(), answer);
    assert.deepEqual(
      { toCaller: outcome.toCaller, isCut: outcome.isCut, record: outcome.record, faults: outcome.faults },
      { toCaller: left, isCut: false, record: 'session.closed', faults: [fault] },
    );
  };
  it('a line of NDJSON that is no JSON', () =>
    answers(
      'ndjson',
      '/ndjson',
      { contentType: '', bytes: 'oops 5\n{"a":1}\n' },
      '**** *\n{"a":1}\n',
      'ndjson_line_not_json',
    ));
  it('a record of CSV with text behind a quote', () =>
    answers(
      'csv',
      '/csv',
      { contentType: '', bytes: 'a,b\n1,"x"2\n3,4\n' },
      'a,b\n*,"*"*\n3,4\n',
      'csv_text_behind_quote',
    ));
  it('bytes that are no UTF-8 in CSV, from their record on', () =>
    answers(
      'csv',
      '/csv',
      { contentType: '', bytes: Buffer.from('a,b\n1,2\n3,\xff4\n5,6\n', 'latin1') },
      'a,b\n1,2\n*,**\n*,*\n',
      'bad_utf8',
    ));
  it('base64 of a prediction that holds no text', () =>
    answers(
      'kserve-v1',
      predict,
      { contentType: '', bytes: '{"predictions":[{"b64":"iVBORwAA"}]}' },
      '{"predictions":[{"b64":"AAAAAAAA"}]}',
      'b64_not_readable',
    ));
  it('a prediction that stops being JSON, from there on', () =>
    answers(
      'kserve-v1',
      predict,
      { contentType: '', bytes: '{"a":[1 2],"b":"x"}' },
      '{"a":[1 *],"*":"*"}',
      'json_malformed',
    ));
});
