/** gRPC inference that is read, on a real Envoy: masked both ways, decided on, and on record, message by message. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { InferenceClient, inference, type Outcome, rawText, serving, typed } from './harness/inference-client.ts';
import {
  type InferenceModel,
  type InferResponse,
  type StreamResponse,
  startInferenceModel,
} from './harness/inference-model.ts';
import { at, ofSession, readTrail, terminalOf } from './harness/trail.ts';

const policy = `version: 1
endpoints:
  - name: scoring-grpc
    match: { host: grpc.bank.test, path: "/inference.GRPCInferenceService/*" }
    api: open-inference-v2
    model: { name: credit }
    mask: { request: bank, response: bank }
    upstream: { credential: model-key }
  - name: serving-grpc
    match: { host: grpc.bank.test, path: "/tensorflow.serving.PredictionService/*" }
    api: tf-serving
    model: { name: credit }
rules:
  - { name: staff, match: { groups: [analysts] }, then: allow }
  - { name: never-a-dump, match: {}, when: body.rows > 100, then: deny, because: Whole portfolios run elsewhere }
`;

let gateway: Gateway;
let model: InferenceModel;
let token: string;
let client: InferenceClient;
before(async () => {
  model = await startInferenceModel();
  gateway = await startTestGateway({
    policy,
    upstreams: [
      {
        name: 'grpc',
        domain: 'grpc.bank.test',
        prefix: '/',
        host: '127.0.0.1',
        port: model.port,
        tls: false,
        http2: true,
      },
    ],
  });
  token = await gateway.issuer.token('ana', ['analysts']);
  client = new InferenceClient(gateway.port, token);
});
after(async () => {
  client.close();
  await gateway.stop();
  model.stop();
});

const note = 'customer 536-22-8726, card 4111 1111 1111 1111';
const masked = 'customer ***-**-****, card **** **** **** 1111';
const end = (session: string) => terminalOf(readTrail(gateway.ledger), session);
const answered = (outcome: Outcome): InferResponse => {
  assert.equal(outcome.error, null);
  // The reference types every message as object; this one is what the service answers with.
  return outcome.value as InferResponse;
};

test('ModelInfer with typed contents: masked on the way up and down, decided on, its rows and its model on record', async () => {
  const outcome = await client.call(inference['ModelInfer'], typed([note, 'plain'], { id: 'call of 536-22-8726' }));
  const answer = answered(outcome);
  assert.deepEqual(answer.outputs[0]?.contents?.bytes_contents?.map(String), [masked, 'plain']);
  assert.equal(answer.id, 'call of ***-**-****');
  const seen = model.seen.at(-1);
  assert.deepEqual(seen?.request.inputs[0]?.contents?.bytes_contents?.map(String), [masked, 'plain']);
  assert.deepEqual(seen?.metadata.get('authorization'), ['Bearer upstream-own-key']);
  const closed = end(outcome.session);
  assert.equal(closed.type, 'session.closed');
  assert.equal(at(closed, 'endpoint', 'api'), 'open-inference-v2');
  assert.equal(at(closed, 'request', 'facts', 'rows'), '2');
  assert.equal(at(closed, 'request', 'facts', 'model'), 'credit');
  assert.deepEqual(at(closed, 'masking', 'request'), {
    profile: 'bank',
    of: 'traffic',
    counts: { us_ssn: 2, credit_card: 1 },
    faults: [],
  });
  assert.equal(typeof at(closed, 'request', 'copy', 'bytes'), 'number');
  assert.deepEqual(
    ofSession(readTrail(gateway.ledger), outcome.session).map(({ type }) => type),
    ['payload.part', 'session.opened', 'payload.part', 'session.closed'],
  );
});

test('ModelInfer with raw contents: text masked by the datatype of its tensor, numbers as they were', async () => {
  const numbers = Buffer.from(Float64Array.from([0.5, 1.5]).buffer);
  const outcome = await client.call(inference['ModelInfer'], {
    model_name: 'credit',
    inputs: [
      { name: 'rows', datatype: 'FP64', shape: [2] },
      { name: 'note', datatype: 'BYTES', shape: [1] },
    ],
    raw_input_contents: [numbers, rawText(note)],
  });
  const [first, second] = answered(outcome).raw_output_contents;
  assert.ok(first?.equals(numbers));
  assert.ok(second?.equals(rawText(masked)));
});

test('a request whose message is compressed: read, masked, and sent on uncompressed', async () => {
  const gzip = new InferenceClient(gateway.port, token, { 'grpc.default_compression_algorithm': 2 });
  const outcome = await gzip.call(inference['ModelInfer'], typed([note]));
  gzip.close();
  assert.deepEqual(answered(outcome).outputs[0]?.contents?.bytes_contents?.map(String), [masked]);
  assert.equal(at(end(outcome.session), 'request', 'coding'), 'gzip');
  assert.equal(model.seen.at(-1)?.metadata.get('grpc-encoding')[0], undefined);
});

test('a body of 360 KB, which waits on disk: masked, and all of it there', async () => {
  const values = Array.from({ length: 6_000 }, (_, row) => `row ${row}: ${note}`);
  const outcome = await client.call(inference['ModelInfer'], {
    ...typed(values),
    inputs: [{ ...typed(values).inputs[0], shape: [1, 6_000] }],
  });
  const texts = answered(outcome).outputs[0]?.contents?.bytes_contents?.map(String);
  assert.equal(texts?.length, 6_000);
  assert.equal(texts?.[5_999], `row 5999: ${masked}`);
});

test('a rule that reads rows refuses, in gRPC’s words', async () => {
  const before = model.seen.length;
  const { error, session } = await client.call(inference['ModelInfer'], typed(Array(101).fill('x')));
  assert.equal(error?.code, status.PERMISSION_DENIED);
  assert.match(error?.details ?? '', /Whole portfolios run elsewhere/);
  assert.equal(model.seen.length, before);
  assert.equal(at(end(session), 'decision', 'rule'), 'never-a-dump');
});

test('another model than the endpoint’s, shapes that do not agree, a call that is not read: refused before the model', async () => {
  const before = model.seen.length;
  const other = await client.call(inference['ModelInfer'], typed(['x'], { model_name: 'other' }));
  assert.equal(other.error?.code, status.INVALID_ARGUMENT);
  assert.equal(at(end(other.session), 'refusal', 'code'), 'ERR_MODEL_MISMATCH');
  const shape = await client.call(inference['ModelInfer'], {
    ...typed(['x']),
    inputs: [{ ...typed(['x']).inputs[0], shape: [7] }],
  });
  assert.equal(shape.error?.code, status.INVALID_ARGUMENT);
  assert.equal(at(end(shape.session), 'refusal', 'reason'), 'body_shape: shape_disagrees_with_data');
  const load = inference['ModelInfer'];
  assert.ok(load);
  const unknown = await client.call(
    { ...load, path: '/inference.GRPCInferenceService/RepositoryModelLoad' },
    typed(['x']),
  );
  assert.equal(unknown.error?.code, status.UNIMPLEMENTED);
  assert.equal(model.seen.length, before);
});

test('an error of the model: its code as it is, its message masked under its percent-encoding', async () => {
  const { error, trailers } = await client.call(inference['ModelInfer'], typed(['x'], { id: 'fail' }));
  assert.equal(error?.code, status.RESOURCE_EXHAUSTED);
  assert.equal(error?.details, 'no room for ***-**-**** – 100 %');
  assert.deepEqual(trailers.get('x-model-cost'), ['7']);
});

test('health asks for no model; TensorFlow Serving is read as well', async () => {
  const live = await client.call(inference['ServerLive'], {});
  assert.deepEqual(live.value, { live: true });
  const predicted = await client.call(serving['Predict'], {
    model_spec: { name: 'credit' },
    inputs: { note: { dtype: 7, tensor_shape: { dim: [{ size: 1 }] }, string_val: [Buffer.from(note)] } },
  });
  assert.equal(predicted.error, null);
  assert.match(
    JSON.stringify(predicted.value, (_, value) => (value?.type === 'Buffer' ? Buffer.from(value).toString() : value)),
    /customer \*\*\*/,
  );
});

const textsOf = ({ infer_response }: StreamResponse): string[] | undefined =>
  infer_response?.outputs[0]?.contents?.bytes_contents?.map(String);

test('ModelStreamInfer: each message is answered before the next is sent, masked both ways, and all of it on record', async () => {
  const { answers, code, session } = await client.converse(
    inference['ModelStreamInfer'],
    ['one', note, 'three'].map((text, index) => typed([text, text], { id: String(index) })),
  );
  assert.equal(code, status.OK);
  assert.deepEqual(answers.map(textsOf), [
    ['one', 'one'],
    [masked, masked],
    ['three', 'three'],
  ]);
  const closed = end(session);
  assert.equal(closed.type, 'session.closed');
  assert.equal(at(closed, 'request', 'complete'), true);
  assert.equal(at(closed, 'request', 'facts', 'rows'), '6');
  assert.equal(at(closed, 'masking', 'request', 'counts', 'us_ssn'), 2);
  assert.deepEqual(
    ofSession(readTrail(gateway.ledger), session).map(({ type }) => type),
    ['session.opened', 'payload.part', 'session.received', 'payload.part', 'session.closed'],
  );
});

test('ModelStreamInfer: an error of the model inside its stream is masked as well', async () => {
  const { answers } = await client.converse(inference['ModelStreamInfer'], [typed(['x'], { id: 'fail' })]);
  assert.equal(answers[0]?.error_message, 'customer ***-**-**** is not known');
});

test('ModelStreamInfer: a first message that a rule denies is PERMISSION_DENIED; a later one cuts the stream, and never reaches the model', async () => {
  const first = await client.converse(inference['ModelStreamInfer'], [typed(Array(101).fill('x'))]);
  assert.equal(first.code, status.PERMISSION_DENIED);
  const before = model.seen.length;
  const later = await client.converse(inference['ModelStreamInfer'], [typed(['x']), typed(Array(101).fill('x'))]);
  assert.notEqual(later.code, status.OK);
  assert.equal(later.answers.length, 1);
  assert.equal(model.seen.length, before + 1);
  const aborted = end(later.session);
  assert.equal(aborted.type, 'session.aborted');
  assert.equal(at(aborted, 'decision', 'rule'), 'never-a-dump');
  assert.equal(at(aborted, 'refusal', 'code'), 'ERR_POLICY_DENIED');
});
