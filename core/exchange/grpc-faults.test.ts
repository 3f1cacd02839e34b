/** gRPC that cannot be read: what leaves, and what the record says. Each test is a row of docs/failure-modes.md. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { referenceOf } from '@countersign/adapters/grpc/inference.testing.ts';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { createPatternEngine } from '@countersign/adapters/re2/pattern-engine.ts';
import { createCodec } from '@countersign/adapters/zlib/codec.ts';
import { frameOf } from '../body/protobuf/frames.ts';
import { isRecord } from '../body/shape.ts';
import { joined } from '../bytes.ts';
import { loadPolicy } from '../policy/load.ts';
import { ByteBudget } from './byte-budget.ts';
import type { HeaderList, Inbound } from './message.ts';
import { serveExchange } from './serve-exchange.ts';
import { createWorld, handOff, lastFacts } from './world.testing.ts';

const patterns = createPatternEngine();
const text = `version: 1
endpoints:
  - name: scoring
    match: { host: h.test, path: "/inference.GRPCInferenceService/*" }
    api: open-inference-v2
    model: { name: m }
    mask: { request: bank, response: cards }
    record: { payload: digest }
  - name: ruled
    match: { host: ruled.test, path: "/inference.GRPCInferenceService/*" }
    api: open-inference-v2
    model: { name: m }
    mask: { request: none, response: customers }
    record: { payload: digest }
mask:
  customers: { like: bank, fields: [{ path: "$.outputs[?@.name=='y'].data[*]", as: us_ssn }] }
  cards: { entities: [credit_card, us_ssn], actions: { us_ssn: block, default: mask } }
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
const masking = createMasking();
const codec = createCodec();

const asked = referenceOf('inference.GRPCInferenceService', 'ModelInfer', 'request');
const given = referenceOf('inference.GRPCInferenceService', 'ModelInfer', 'response');
const request = frameOf(
  asked.encode({
    model_name: 'm',
    inputs: [{ name: 'x', datatype: 'BOOL', shape: [1], contents: { bool_contents: [true] } }],
  }),
);
const answerOf = (...values: readonly (string | Uint8Array)[]): Uint8Array =>
  frameOf(
    given.encode({
      outputs: [
        { name: 'y', datatype: 'BYTES', contents: { bytes_contents: values.map((value) => Buffer.from(value)) } },
      ],
    }),
  );
const compressed = (message: Uint8Array): Uint8Array => {
  const frame = frameOf(message);
  frame[0] = 1;
  return frame;
};
const unreadable = frameOf(Buffer.from([0x0a, 0x05, 0x61]));

interface Sent {
  readonly host?: string;
  readonly method?: string;
  readonly request?: Uint8Array;
  readonly requestHeaders?: HeaderList;
  readonly answer?: Uint8Array;
  readonly answerHeaders?: HeaderList;
}
interface Outcome {
  /** Of what Countersign answered instead. */
  readonly grpcStatus: string | undefined;
  readonly upstream: Uint8Array;
  readonly downstream: Uint8Array;
  /** The end of the answer went out. */
  readonly isWhole: boolean;
  readonly record: { readonly type: unknown; readonly reason: unknown; readonly faults: readonly unknown[] };
}

async function call(sent: Sent): Promise<Outcome> {
  const host = sent.host ?? 'h.test';
  const path = asked.path.replace('ModelInfer', sent.method ?? 'ModelInfer');
  const by = { text: JSON.stringify({ ...handOff, authority: host, path }), mac: 'good' };
  const grpc = ['content-type', 'application/grpc'] as const;
  const line: HeaderList = [[':method', 'POST'], [':authority', host], [':path', path], grpc];
  const script: Inbound[] = [
    { kind: 'request_headers', headers: [...line, ...(sent.requestHeaders ?? [])], end: false, handOff: by },
    { kind: 'request_body', bytes: sent.request ?? request, end: true },
    {
      kind: 'response_headers',
      headers: [[':status', '200'], ...(sent.answerHeaders ?? [grpc])],
      end: false,
      handOff: by,
    },
    { kind: 'response_body', bytes: sent.answer ?? answerOf('fine'), end: false },
    { kind: 'response_trailers', headers: [['grpc-status', '0']] },
  ];
  const { exchange, ports, happened } = createWorld(script, {});
  const limits = {
    ...ports.limits,
    requestBytes: 4096,
    responseMessageBytes: 4096,
    decodedBytes: 1 << 20,
    expansionRatio: 100,
  };
  await serveExchange(exchange, {
    ...ports,
    budget: new ByteBudget(1 << 20),
    codec,
    limits,
    policy: () => policy,
    masking,
  });
  const answers = happened.flatMap((event) => (event.what === 'sent' ? [event.answer] : []));
  const bodies = (kind: 'request_body' | 'response_body'): Uint8Array =>
    joined(answers.flatMap((each) => (each.kind === kind ? [each.bytes] : [])));
  const own = answers.find((each) => each.kind === 'immediate');
  const last = happened.flatMap((event) => (event.what === 'recorded' ? [event.draft] : [])).at(-1);
  const facts = lastFacts(happened);
  const ofMasking = ['request', 'response'].map((direction) => memberOf(memberOf(facts, 'masking'), direction));
  return {
    grpcStatus: own?.kind === 'immediate' ? own.headers.find(([name]) => name === 'grpc-status')?.[1] : undefined,
    upstream: bodies('request_body'),
    downstream: bodies('response_body'),
    isWhole: answers.some((each) => each.kind === 'response_trailers'),
    record: {
      type: last?.type,
      reason: memberOf(memberOf(facts, 'refusal'), 'reason') ?? memberOf(facts, 'reason'),
      faults: ofMasking.flatMap((each) => memberOf(each, 'faults') ?? []),
    },
  };
}
const memberOf = (value: unknown, key: string): unknown => (isRecord(value) ? value[key] : undefined);

const denied = (outcome: Outcome, status: number, reason: string): void => {
  assert.equal(outcome.grpcStatus, String(status));
  assert.deepEqual([outcome.record.type, outcome.record.reason], ['session.denied', reason]);
  assert.equal(outcome.upstream.length, 0);
};
/** Cut: no trailers, and no byte of the message that could not be read. */
const cut = (outcome: Outcome, reason: string, downstream = new Uint8Array(0)): void => {
  assert.deepEqual([outcome.record.type, outcome.record.reason], ['session.aborted', reason]);
  assert.equal(outcome.isWhole, false);
  assert.deepEqual(Buffer.from(outcome.downstream), Buffer.from(downstream));
};

test('a request that is no message of its call: INVALID_ARGUMENT, nothing at the model', async () => {
  denied(await call({ request: unreadable }), 3, 'body_protobuf: protobuf_length');
  const twice = frameOf(Buffer.concat([request.subarray(5), Buffer.from([0x0a, 1, 0x78])]));
  denied(await call({ request: twice }), 3, 'body_protobuf: protobuf_field_twice');
  denied(await call({ request: joined([request, request]) }), 3, 'body_protobuf: grpc_more_than_one_message');
});
test('a request that ends inside its message: INVALID_ARGUMENT, nothing at the model', async () => {
  denied(await call({ request: request.subarray(0, -1) }), 3, 'body_protobuf: grpc_message_incomplete');
});
test('a request whose tensors are in shared memory: INVALID_ARGUMENT, nothing at the model', async () => {
  const parameters = { shared_memory_region: { string_param: 'r' } };
  const message = asked.encode({ model_name: 'm', inputs: [{ name: 'x', datatype: 'BOOL', shape: [1], parameters }] });
  denied(await call({ request: frameOf(message) }), 3, 'body_binary_tensors: shared_memory');
});
test('a request in a message coding that is not read: UNIMPLEMENTED, nothing at the model', async () => {
  denied(await call({ requestHeaders: [['grpc-encoding', 'snappy']] }), 12, 'coding_not_implemented');
});
test('a request whose compressed message is damaged: INVALID_ARGUMENT, nothing at the model', async () => {
  const coding: HeaderList = [['grpc-encoding', 'gzip']];
  denied(
    await call({ request: compressed(Buffer.from('no gzip')), requestHeaders: coding }),
    3,
    'decode: ERR_CODING_CORRUPT',
  );
});
test('a request whose message expands beyond the limit: RESOURCE_EXHAUSTED, nothing at the model', async () => {
  const bomb = compressed(gzipSync(Buffer.alloc(1 << 20)));
  denied(await call({ request: bomb, requestHeaders: [['grpc-encoding', 'gzip']] }), 8, 'decode: ERR_CODING_TOO_LARGE');
});

test('an answer with a message that cannot be read: cut in front of it', async () => {
  cut(await call({ answer: unreadable }), 'response_protobuf_length');
});
test('an answer that ends inside a message: cut, nothing of the message', async () => {
  cut(await call({ answer: answerOf('4111 1111 1111 1111').subarray(0, -1) }), 'response_grpc_message_incomplete');
});
test('an answer with a message over the limit: cut as soon as its length is seen', async () => {
  cut(await call({ answer: Buffer.from([0, 0, 0, 0x10, 1, 0x0a]) }), 'response_grpc_message_too_large');
});
test('an answer whose message is compressed, and nobody said how: cut', async () => {
  cut(await call({ answer: compressed(gzipSync(answerOf('x').subarray(5))) }), 'response_grpc_message_compressed');
});
test('an answer whose compressed message is damaged or expands too far: cut', async () => {
  const answerHeaders: HeaderList = [
    ['content-type', 'application/grpc'],
    ['grpc-encoding', 'gzip'],
  ];
  cut(await call({ answer: compressed(Buffer.from('no gzip')), answerHeaders }), 'response_coding_corrupt');
  const bomb = compressed(gzipSync(Buffer.alloc(1 << 20)));
  cut(await call({ answer: bomb, answerHeaders }), 'response_coding_too_large');
});
test('an answer in a message coding that is not read, or that is no gRPC: INTERNAL, no byte of it', async () => {
  for (const [answerHeaders, reason] of [
    [
      [
        ['content-type', 'application/grpc'],
        ['grpc-encoding', 'snappy'],
      ],
      'coding_not_implemented',
    ],
    [[['content-type', 'text/html']], 'grpc_and_something_else'],
  ] as const) {
    const outcome = await call({ answerHeaders });
    assert.equal(outcome.grpcStatus, '13');
    cut(outcome, reason);
  }
});
test('an answer with a value that blocks: cut in front of its message', async () => {
  const first = answerOf('fine');
  cut(await call({ answer: joined([first, answerOf('536-22-8726')]) }), 'response_blocked_us_ssn');
});
test('an answer under a profile with field rules: what a JSONPath names is hidden in messages too; health goes on', async () => {
  const outcome = await call({ host: 'ruled.test', answer: answerOf('AB-12') });
  assert.deepEqual(Buffer.from(outcome.downstream), Buffer.from(answerOf('**-**')));
  const nothing = frameOf(new Uint8Array(0));
  const health = await call({ host: 'ruled.test', method: 'ServerLive', request: nothing, answer: nothing });
  assert.equal(health.isWhole, true);
});
test('a value of a tensor that is no text: blotted, its length kept', async () => {
  const { downstream, isWhole, record } = await call({ answer: answerOf(Buffer.from([0xff, 0xd8, 0x41])) });
  assert.deepEqual(Buffer.from(downstream), Buffer.from(answerOf('***')));
  assert.equal(isWhole, true);
  assert.deepEqual(record, { type: 'session.closed', reason: undefined, faults: ['bad_utf8'] });
});
test('bytes in a field that nobody here knows: left out, the rest passes', async () => {
  const known = answerOf('fine').subarray(5);
  const answer = frameOf(Buffer.concat([known, Buffer.from('aa06020807', 'hex')]));
  const { downstream, record } = await call({ answer });
  assert.deepEqual(Buffer.from(downstream), Buffer.from(answerOf('fine')));
  assert.deepEqual(record, { type: 'session.closed', reason: undefined, faults: ['unknown_field_dropped'] });
});
