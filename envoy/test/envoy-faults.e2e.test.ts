/** Envoy itself: its own timeouts while a call waits here, its sudden end in every phase, and its drain. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { replacing } from './harness/altered.ts';
import { startBalancer } from './harness/balancer.ts';
import { call } from './harness/client.ts';
import { type Endings, endingsOf, words } from './harness/endings.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { startLoad } from './harness/load.ts';
import { heldBody, startHold, startStream, startThought, startUpload } from './harness/phases.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';

let gateway: Gateway;
let token: string;
let endings: Endings;
before(async () => {
  const to = (name: string) =>
    ({ name, domain: '*', prefix: `/v2/models/${name}/`, host: '127.0.0.1', port: 9, tls: false }) as const;
  gateway = await startTestGateway({
    policy: assistantPolicy,
    upstreams: [to('idle'), to('brief')],
    alterEnvoy: replacing(
      ['"cluster":"idle","timeout":"0s","idle_timeout":"0s"', '"cluster":"idle","idle_timeout":"2s"'],
      ['"cluster":"brief",', '"cluster":"brief","max_stream_duration":{"max_stream_duration":"2s"},'],
    ),
  });
  token = await gateway.issuer.token('ana', ['analysts']);
  endings = endingsOf(gateway.ledger);
});
after(() => gateway.stop());
beforeEach(() => {
  gateway.model.reached.length = 0;
});

for (const [timer, model] of [
  ['idle timeout', 'idle'],
  ['longest duration of a stream', 'brief'],
] as const) {
  test(`Envoy’s ${timer} ends before the hold does: 504 by Envoy, aborted, the model sees nothing`, async () => {
    const path = `/v2/models/${model}/infer`;
    const answer = await call({ port: gateway.port, path, token, body: heldBody(200) });
    assert.equal(answer.status, 504);
    const ending = await endings.next();
    assert.equal(words(ending), 'session.aborted aborted answered_by_envoy');
    assert.equal(ending.session, answer.headers['x-countersign-session']);
    assert.equal(gateway.model.reached.length, 0);
  });
}

test('killed with calls in every phase: callers are cut, each call has its end, and a new Envoy takes calls', async () => {
  const upload = await startUpload(gateway, token);
  const held = await startHold(gateway, token, 300);
  const thinking = await startThought(gateway, token, 'too late');
  const streaming = await startStream(gateway, token, ['first words, ', 'last words']);
  await gateway.envoy.end('SIGKILL');
  assert.equal(await upload.answer, 'cut');
  assert.equal(await held.answer, 'cut');
  assert.equal(await thinking.answer, 'cut');
  const answer = await streaming.answer;
  assert.ok(answer !== 'cut' && !answer.complete && answer.body.toString().startsWith('first'));
  const ended: string[] = [];
  await until('all four have their end', () => {
    ended.push(...endings.all().map(words));
    return ended.length >= 4;
  });
  assert.deepEqual(ended.toSorted(), [
    ...Array.from({ length: 3 }, () => 'session.aborted aborted caller_left'),
    'session.aborted aborted caller_or_upstream_gone',
  ]);
  for (const { release } of [thinking, streaming]) release();

  await gateway.restartEnvoy();
  gateway.model.answer = (_, response) => void response.end('fine');
  assert.equal((await call({ port: gateway.port, path: '/text/after', token })).status, 200);
  await endings.next();
});

test('drained under load, with another Envoy beside it: no call fails, what is under way comes to its end', async (t) => {
  const streaming = await startStream(gateway, token, ['first words, ', 'last words']);
  gateway.model.answer = (_, response) => void response.end('fine');
  const beside = await gateway.startAnotherEnvoy();
  t.after(() => beside.started.end('SIGTERM'));
  const balancer = await startBalancer(gateway.port);
  t.after(() => balancer.close());
  const load = startLoad({ port: balancer.port, token, callers: 8 });
  t.after(() => load.stop());
  await until('the load is on', () => load.called.length > 100);
  // As a rollout does it: out of the balancer first, then drained; ended when nothing is on it any more.
  balancer.target = beside.addresses.port;
  const drained = await fetch(`${gateway.admin}/drain_listeners?graceful`, { method: 'POST' });
  assert.equal(drained.status, 200);
  await until(
    'only the stream is left',
    async () => (await gateway.stat('http.countersign.downstream_cx_active')) === 1,
  );
  const then = load.called.length;
  await until('calls go on beside it', () => load.called.length > then + 100);
  streaming.release();
  const answer = await streaming.answer;
  assert.ok(answer !== 'cut' && answer.complete);
  await until('nothing is left', async () => (await gateway.stat('http.countersign.downstream_cx_active')) === 0);
  assert.equal(await gateway.envoy.end('SIGTERM'), 0);
  const called = await load.stop();
  t.diagnostic(`${called.length} calls`);
  assert.deepEqual(
    called.filter(({ status, complete }) => status !== 200 || !complete),
    [],
  );
  const ended = endings.all();
  assert.equal(ended.length, called.length + 1);
  assert.equal(new Set(ended.map(({ session }) => session)).size, called.length + 1);
  assert.ok(ended.every(({ type }) => type === 'session.closed'));
});
