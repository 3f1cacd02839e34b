/** What cannot be masked as it should be: what leaves, and what the record says. Each test is a row of docs/failure-modes.md. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { createPatternEngine } from '@countersign/adapters/re2/pattern-engine.ts';
import { isRecord } from '../body/shape.ts';
import type { MaskingEngine } from '../masking/engine.ts';
import { loadPolicy } from '../policy/load.ts';
import { ByteBudget } from './byte-budget.ts';
import type { HeaderList, Inbound } from './message.ts';
import { serveExchange } from './serve-exchange.ts';
import { createWorld, handOff, lastFacts } from './world.testing.ts';

const patterns = createPatternEngine();
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const text = `version: 1
endpoints:
  - name: plain
    match: { host: h.test, path: /a, methods: [POST] }
    api: json
    model: { name: m }
    mask: { request: no-ssn, response: no-ssn }
    record: { payload: digest, retention: 13 months, unavailable: refuse }
mask:
  no-ssn: { entities: [credit_card, us_ssn, email], actions: { us_ssn: block, email: hash, default: mask } }
rules:
  - { name: all, match: { groups: [staff] }, then: allow }
`;
const loaded = loadPolicy(
  [{ name: 'p.yaml', text }],
  { credentials: [] },
  { hash: { sha256: () => new Uint8Array(32) }, patterns },
);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
const policy = loaded.value;
const masks = createMasking({ replace: () => 'replaced' });

interface Outcome {
  /** Of what Countersign answered instead. */
  readonly status: number | undefined;
  readonly request: string;
  readonly response: string;
  /** The end of the answer went out. */
  readonly isWhole: boolean;
  readonly record: { readonly type: unknown; readonly reason: unknown; readonly faults: readonly unknown[] };
}

interface Answer {
  readonly headers?: HeaderList;
  readonly chunks: readonly (string | Uint8Array)[];
}

const answered = { chunks: ['{"a":1}'] };

/** One call: a request in one piece, an answer in several. */
async function call(request: string, answer: Answer = answered, engine: MaskingEngine = masks): Promise<Outcome> {
  const by = { text: JSON.stringify(handOff), mac: 'good' };
  const script: Inbound[] = [
    {
      kind: 'request_headers',
      headers: [
        [':method', 'POST'],
        [':authority', 'h.test'],
        [':path', '/a'],
        ['content-type', 'application/json'],
      ],
      end: false,
      handOff: by,
    },
    { kind: 'request_body', bytes: encoder.encode(request), end: true },
    {
      kind: 'response_headers',
      headers: [[':status', '200'], ...(answer.headers ?? [['content-type', 'application/json']])],
      end: false,
      handOff: by,
    },
    ...answer.chunks.map(
      (chunk, at): Inbound => ({
        kind: 'response_body',
        bytes: typeof chunk === 'string' ? encoder.encode(chunk) : chunk,
        end: at === answer.chunks.length - 1,
      }),
    ),
  ];
  const { exchange, ports, happened } = createWorld(script, {});
  const budget = new ByteBudget(1 << 20);
  await serveExchange(exchange, { ...ports, budget, policy: () => policy, masking: engine });
  const sent = happened.flatMap((event) => (event.what === 'sent' ? [event.answer] : []));
  const bodies = (kind: 'request_body' | 'response_body'): string =>
    sent.map((each) => (each.kind === kind ? decoder.decode(each.bytes) : '')).join('');
  const immediate = sent.find((each) => each.kind === 'immediate');
  const drafts = happened.flatMap((event) => (event.what === 'recorded' ? [event.draft] : []));
  const last = drafts.at(-1);
  const facts = lastFacts(happened);
  const refusal = memberOf(facts, 'refusal');
  const masking = ['request', 'response'].map((direction) => memberOf(memberOf(facts, 'masking'), direction));
  return {
    status: immediate?.kind === 'immediate' ? immediate.status : undefined,
    request: bodies('request_body'),
    response: bodies('response_body'),
    isWhole: sent.some((each) => each.kind === 'response_body' && each.end),
    record: {
      type: last?.type,
      reason: memberOf(refusal, 'reason') ?? memberOf(facts, 'reason'),
      faults: masking.flatMap((each) => memberOf(each, 'faults') ?? []),
    },
  };
}

const memberOf = (value: unknown, key: string): unknown => (isRecord(value) ? value[key] : undefined);
const ssn = '{"a":"x 123-45-6789 y"}';
const closed = (...faults: readonly string[]) => ({ type: 'session.closed', reason: undefined, faults });
const cut = (reason: string, ...faults: readonly string[]) => ({ type: 'session.aborted', reason, faults });

test('a request with a value that blocks: 403, nothing at the model, the entity is recorded and the value is not', async () => {
  const { status, request, record } = await call(ssn);
  assert.deepEqual({ status, request }, { status: 403, request: '' });
  assert.deepEqual([record.type, record.reason], ['session.denied', 'blocked_us_ssn']);
});

test('an answer with a value that blocks: cut in front of it', async () => {
  const { response, isWhole, record } = await call('{}', {
    chunks: ['{"a":"card 4111111111111111, 123-45', '-6789 ', 'more"}'],
  });
  assert.deepEqual({ response, isWhole }, { response: '{"a":"card ************1111, ', isWhole: false });
  assert.deepEqual(record, cut('response_blocked_us_ssn', 'blocked_us_ssn'));
});

test('a header of an answer with a value that blocks: 502, nothing of the answer', async () => {
  const headers: HeaderList = [
    ['content-type', 'application/json'],
    ['x-note', '123-45-6789'],
  ];
  const { status, response, record } = await call('{}', { headers, chunks: ['{}'] });
  assert.deepEqual({ status, response }, { status: 502, response: '' });
  assert.deepEqual([record.type, record.reason], ['session.aborted', 'blocked_us_ssn']);
});

test('bytes that are no UTF-8: from there on no letter and no digit is legible, the end is the end', async () => {
  const chunks = ['{"a":"ok ', new Uint8Array([0xff]), 'call 415"}'];
  const { response, isWhole, record } = await call('{}', { chunks });
  assert.deepEqual({ response, isWhole }, { response: '{"a":"ok ***** ***"}', isWhole: true });
  assert.deepEqual(record, closed('bad_utf8'));
});

test('NUL, which is how UTF-16 looks: the same', async () => {
  const chunks = [new Uint8Array([...'{123}'].flatMap((char) => [char.charCodeAt(0), 0]))];
  const { response, record } = await call('{}', { chunks });
  assert.deepEqual(response, '{*******}*');
  assert.deepEqual(record, closed('nul_byte'));
});

test('a character that the end of the answer cuts: stars', async () => {
  const { response, record } = await call('{}', { chunks: ['"a', new Uint8Array([0xe6, 0xbc])] });
  assert.deepEqual(response, '"a**');
  assert.deepEqual(record, closed('bad_utf8'));
});

test('digits without end: all of them are masked, and none is held for long', async () => {
  const { response, record } = await call('{}', { chunks: ['["', '4'.repeat(500), '"]'] });
  assert.deepEqual(response, `["${'*'.repeat(500)}"]`);
  assert.deepEqual(record, closed('digit_run_too_long'));
});

test('a charset that is not UTF-8: 502', async () => {
  const headers: HeaderList = [['content-type', 'application/json; charset=utf-16']];
  const { status, response, record } = await call('{}', { headers, chunks: ['{}'] });
  assert.deepEqual({ status, response }, { status: 502, response: '' });
  assert.deepEqual([record.type, record.reason], ['session.aborted', 'charset_not_utf8']);
});

test('an event stream from an API that has none: cut, nothing of it', async () => {
  const { response, isWhole, record } = await call('{}', { chunks: ['data: 1\n\n', 'data: 2\n\n'] });
  assert.deepEqual({ response, isWhole }, { response: '', isWhole: false });
  assert.deepEqual(record, cut('response_unexpected_event_stream', 'unexpected_event_stream'));
});

test('a profile that needs keys which are not there: 500, nothing at the model', async () => {
  const { status, request, record } = await call('{}', answered, createMasking());
  assert.deepEqual({ status, request }, { status: 500, request: '' });
  assert.deepEqual([record.type, record.reason], ['session.denied', 'replacements_missing']);
});

const failing = createMasking({
  replace: () => {
    throw new Error('a bug');
  },
});

test('an exception in a masker, in a request: 500, nothing at the model', async () => {
  const { status, request, record } = await call('{"a":"ann@ex.org"}', answered, failing);
  assert.deepEqual({ status, request }, { status: 500, request: '' });
  assert.equal(record.type, 'session.denied');
});

test('an exception in a masker, in an answer: cut, nothing unmasked', async () => {
  const { response, isWhole, record } = await call('{}', { chunks: ['{"a":"', 'ann@ex.org ', 'more"}'] }, failing);
  assert.deepEqual({ response, isWhole }, { response: '{"a":"', isWhole: false });
  assert.deepEqual([record.type, record.reason], ['session.aborted', 'bug']);
});
