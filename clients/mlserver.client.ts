/** MLServer with a model of scikit-learn, and tritonclient in front of it. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type InferenceStage, startInference } from './harness/inference.ts';
import { skipWithoutPython } from './harness/python.ts';

suite('tritonclient, MLServer', { skip: skipWithoutPython }, () => {
  const ends = new AsyncDisposableStack();
  let stage: InferenceStage;
  before(async () => {
    stage = await startInference('serve_mlserver.py', ends);
  });
  after(() => ends.disposeAsync());

  const json = { binary: false, output: 'predict' };

  test('JSON tensors: predictions as the model gives them, rows on record', async () => {
    (await stage.ask('http_infer', { ...json, rows: 4 })).has({ scores: 4 });
    const [session] = stage.gateway.endedSessions().slice(-1);
    (await stage.gateway.session(session ?? '')).has({
      state: 'closed',
      'identity.subject': 'ana',
      'endpoint.name': 'scoring',
      'endpoint.model.name': 'credit',
      'request.facts.rows': '4',
      'response.status': 200,
    });
  });

  test('the same with answers that MLServer compresses', async () => {
    (await stage.ask('http_infer', { ...json, rows: 100, coding: 'gzip' })).has({ scores: 100 });
  });

  test('101 rows wait for a second person, and this client with them', async () => {
    (await stage.gateway.decided('approve', stage.ask('http_infer', { ...json, rows: 101 }))).has({ scores: 101 });
  });

  test('binary tensors come through to MLServer, which does not read them: an error of its own', async () => {
    const error = await stage.ask('failing', { call: 'http_infer', rows: 3, binary: true, output: 'predict' });
    assert.notEqual(error.at('message'), null);
  });

  test('health and metadata over HTTP, through endpoints of their own', async () => {
    (await stage.ask('http_health', {})).has({ live: true, ready: true, model_ready: true, server: 'mlserver' });
  });

  test('gRPC: one inference, health and metadata', async () => {
    (await stage.ask('grpc_infer', { rows: 5, output: 'predict' })).has({ scores: 5 });
    (await stage.ask('grpc_health', {})).has({ live: true, ready: true, model_ready: true, server: 'mlserver' });
  });

  test('gRPC: somebody whom no rule allows is refused, with words', async () => {
    const error = await stage.ask('failing', {
      call: 'grpc_infer',
      rows: 1,
      output: 'predict',
      token: await stage.gateway.token('tom'),
    });
    error.has({ status: 'StatusCode.PERMISSION_DENIED' });
    assert.match(error.text('message'), /./);
  });
});
