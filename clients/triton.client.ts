/** A real Triton, and the client it comes with: JSON tensors, binary tensors, gRPC. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type InferenceStage, startInference } from './harness/inference.ts';
import { skipWithoutPython } from './harness/python.ts';

const noteSent = 'customer 536-22-8726, card 4111 1111 1111 1111';
const noteRead = 'customer ***-**-****, card **** **** **** 1111';

suite('tritonclient, Triton', { skip: skipWithoutPython }, () => {
  const ends = new AsyncDisposableStack();
  let stage: InferenceStage;
  before(async () => {
    stage = await startInference('serve_triton.py', ends);
  });
  after(() => ends.disposeAsync());

  const json = { binary: false, output: 'score', outputs: ['score', 'note'] };

  test('JSON tensors: scores as they are, text masked, rows on record', async () => {
    (await stage.ask('http_infer', { ...json, rows: 3 })).has({ scores: 3, first: -0.25, note: noteRead });
    const [session] = stage.gateway.endedSessions().slice(-1);
    (await stage.gateway.session(session ?? '')).has({
      state: 'closed',
      'endpoint.name': 'scoring',
      'request.facts.rows': '3',
      'masking.response.counts.us_ssn': 3,
    });
  });

  for (const coding of ['gzip', 'deflate']) {
    test(`the same in ${coding}, both ways`, async () => {
      (await stage.ask('http_infer', { ...json, rows: 3, coding })).has({ scores: 3, note: noteRead });
    });
  }

  test('101 rows wait for a second person, and this client with them: no try of its own, its answer in place', async () => {
    (await stage.gateway.decided('approve', stage.ask('http_infer', { ...json, rows: 101 }))).has({
      scores: 101,
      note: noteRead,
    });
  });

  test('102 rows that a person refuses: InferenceServerException with the reason', async () => {
    const error = await stage.gateway.decided('deny', stage.ask('failing', { call: 'http_infer', ...json, rows: 102 }));
    error.has({ status: '403' });
    assert.match(error.text('message'), /Seen by rex/);
  });

  for (const coding of [undefined, 'gzip']) {
    const how = coding === undefined ? '' : `, in ${coding} both ways`;
    test(`binary tensors, which this client sends unless told otherwise${how}: scores as they are, text masked, rows on record`, async () => {
      const given = { rows: 3, binary: true, output: 'score', outputs: ['score', 'note'], coding };
      (await stage.ask('http_infer', given)).has({ scores: 3, first: -0.25, note: noteRead });
      const [session] = stage.gateway.endedSessions().slice(-1);
      (await stage.gateway.session(session ?? '')).has({
        state: 'closed',
        'endpoint.name': 'scoring',
        'request.facts.rows': '3',
        'masking.response.counts.us_ssn': 3,
      });
    });
  }

  test('binary tensors through an opaque endpoint: answered, not masked, and the record says so', async () => {
    const given = { http: stage.given.unread, rows: 500, binary: true, output: 'score', outputs: ['score', 'note'] };
    (await stage.ask('http_infer', given)).has({ scores: 500, first: -0.25, note: noteSent });
    const [session] = stage.gateway.endedSessions().slice(-1);
    (await stage.gateway.session(session ?? '')).has({ state: 'closed', 'endpoint.name': 'scoring-unread' });
  });

  test('health and metadata over HTTP, through endpoints of their own', async () => {
    (await stage.ask('http_health', {})).has({
      live: true,
      ready: true,
      model_ready: true,
      server: 'triton',
      model: 'credit',
    });
  });

  test('gRPC: one inference, scores as they are, text masked, rows on record', async () => {
    const given = { rows: 5, output: 'score', outputs: ['score', 'note'] };
    (await stage.ask('grpc_infer', given)).has({ scores: 5, first: -0.25, note: noteRead });
    const [session] = stage.gateway.endedSessions().slice(-1);
    (await stage.gateway.session(session ?? '')).has({
      state: 'closed',
      'endpoint.name': 'scoring-grpc',
      'request.facts.rows': '5',
      'masking.response.counts.us_ssn': 5,
    });
  });

  test('gRPC: several inferences over one stream', async () => {
    const given = { rows: 2, count: 3, output: 'score', outputs: ['score', 'note'] };
    const answers = (await stage.ask('grpc_stream', given)).list('answers');
    for (const answer of answers) answer.has({ scores: 2, note: noteRead });
    assert.equal(answers.length, 3);
  });

  test('gRPC: health and metadata', async () => {
    (await stage.ask('grpc_health', {})).has({ live: true, ready: true, model_ready: true, server: 'triton' });
  });

  test("gRPC: a model that is not the endpoint's is refused with words, before the server sees it", async () => {
    const error = await stage.ask('failing', { call: 'grpc_infer', model: 'other', rows: 1, output: 'score' });
    error.has({ status: 'StatusCode.INVALID_ARGUMENT' });
    assert.match(error.text('message'), /model named in the body/);
  });

  for (const [call, name] of [
    ['grpc_infer', 'one inference'],
    ['grpc_stream', 'a stream'],
  ] as const) {
    test(`gRPC: ${name} without a token that verifies is UNAUTHENTICATED, without a rule PERMISSION_DENIED`, async () => {
      const given = { call, rows: 1, count: 1, output: 'score' };
      const stranger = await stage.ask('failing', { ...given, token: 'made-up' });
      stranger.has({ status: 'StatusCode.UNAUTHENTICATED' });
      const tom = await stage.ask('failing', { ...given, token: await stage.gateway.token('tom') });
      tom.has({ status: 'StatusCode.PERMISSION_DENIED' });
      assert.match(tom.text('message'), /./);
    });
  }
});
