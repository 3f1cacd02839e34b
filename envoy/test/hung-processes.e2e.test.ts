/**
 * Processes that are there and do not answer: stopped, busy, or with a bug. A second one of each kind stands beside, as in any
 * fleet, so what counts is what becomes of the calls that were given to the one in trouble, and that nobody else notices.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { replacing } from './harness/altered.ts';
import { type Answer, call } from './harness/client.ts';
import { type Endings, endingsOf, words } from './harness/endings.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { startHold, startStream, startThought, startUpload } from './harness/phases.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';
import { at, readTrail } from './harness/trail.ts';

const ssn = '536-22-8726';
const fault = fileURLToPath(new URL('./harness/fault.ts', import.meta.url));
let gateway: Gateway;
let token: string;
let endings: Endings;
before(async () => {
  gateway = await startTestGateway({
    policy: assistantPolicy,
    procs: 2,
    authzs: 2,
    procImport: fault,
    authzImport: fault,
    alterEnvoy: replacing(
      // Sooner than in production, later than the busy loop of fault.ts.
      [
        '"connection_keepalive":{"interval":"10s","timeout":"10s"}',
        '"connection_keepalive":{"interval":"1s","timeout":"5s"}',
      ],
      ['"interval":"2s","no_traffic_interval":"2s"', '"interval":"0.5s","no_traffic_interval":"0.5s"'],
      ['"timeout":"10s"},"encode_raw_headers"', '"timeout":"2s"},"encode_raw_headers"'],
    ),
  });
  token = await gateway.issuer.token('ana', ['analysts']);
  endings = endingsOf(gateway.ledger);
});
after(() => gateway.stop());
beforeEach(() => {
  gateway.model.reached.length = 0;
  gateway.model.answer = (_, response) => void response.end('fine');
});
// A test that failed must not leave a process stopped.
afterEach(async () => {
  for (const { child } of [...gateway.procs, ...gateway.authzs]) child.kill('SIGCONT');
  await until(
    'Envoy sees all of them',
    async () => (await healthyOf('proc')) === 2 && (await healthyOf('authz')) === 2,
  );
  endings.all();
});

const ask = (body = 'x', path = '/text/a'): Promise<Answer> => call({ port: gateway.port, path, token, body });
const healthyOf = (service: string): Promise<number> =>
  gateway.stat(`cluster.countersign-${service}.membership_healthy`);

test('a proc-service that is stopped: Envoy takes it out, and new calls go to the other one', async () => {
  gateway.procs[0]?.child.kill('SIGSTOP');
  await until('it is out', async () => (await healthyOf('proc')) === 1);
  for (let count = 0; count < 10; count += 1) assert.equal((await ask()).status, 200);
});

test('all proc-services stop with calls in every phase: each fails soon, none is finished by one that wakes up', async () => {
  const upload = await startUpload(gateway, token);
  const held = await startHold(gateway, token, 300);
  const thinking = await startThought(gateway, token, `it is ${ssn}`);
  const streaming = await startStream(gateway, token, ['first words, it is 536-22-', '8726, last words']);
  for (const { child } of gateway.procs) child.kill('SIGSTOP');
  for (const { release } of [thinking, streaming]) release();
  for (const { answer } of [upload, held, thinking]) {
    const given = await answer;
    assert.ok(given !== 'cut');
    assert.equal(given.status, 500);
    assert.doesNotMatch(given.body.toString(), /536/);
  }
  const cut = await streaming.answer;
  assert.ok(cut !== 'cut' && !cut.complete);
  assert.match(cut.body.toString(), /^first words, it is $/);
  await until('both are out', async () => (await healthyOf('proc')) === 0);
  assert.equal((await ask()).status, 500);
  assert.equal(gateway.model.reached.length, 2);

  for (const { child } of gateway.procs) child.kill('SIGCONT');
  // What had reached a process before its connection was cut is still worked off. An answer of the model that waited there may be
  // released before the process learns that nobody is there any more: its record then says that it was produced and released.
  const last = new Map<string, string>();
  await until('all four have their end', () => {
    for (const ending of endings.all()) last.set(ending.session, ending.type);
    return last.size === 4;
  });
  const ends = [...last.values()];
  assert.ok(ends.every((type) => type === 'session.aborted' || type === 'session.closed'));
  assert.ok(ends.filter((type) => type === 'session.aborted').length >= 2, 'the upload and the hold');
});

test('a proc-service that is busy for seconds: its calls wait and come to their end, none fails', async () => {
  const slow = ask('BLOCK-THE-LOOP');
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
  assert.deepEqual(
    [await slow, ...answers].filter(({ status }) => status !== 200),
    [],
  );
});

/** Envoy’s own answer where no check came to its end; proc-service records it under an id of its own. */
async function assertUnchecked(answer: Answer): Promise<void> {
  assert.equal(answer.status, 503);
  assert.equal(gateway.model.reached.length, 0);
  const ending = await endings.next();
  assert.equal(words(ending), 'session.denied denied answered_by_envoy_before_identity');
  assert.equal(ending.session, answer.headers['x-countersign-session']);
  assert.equal(at(ending.record, 'response', 'status'), 503);
}

test('an authz-service that is stopped: Envoy takes it out, and calls go to the other one', async () => {
  gateway.authzs[0]?.child.kill('SIGSTOP');
  await until('it is out', async () => (await healthyOf('authz')) === 1);
  for (let count = 0; count < 10; count += 1) assert.equal((await ask()).status, 200);
});

test('all authz-services stop with a check under way: 503 when its time is up, the model sees nothing', async () => {
  for (const { child } of gateway.authzs) child.kill('SIGSTOP');
  await assertUnchecked(await ask());
});

test('an authz-service is killed with a check under way: 503 at once, the model sees nothing', async () => {
  for (const { child } of gateway.authzs) child.kill('SIGSTOP');
  const active = (): Promise<number> => gateway.stat('cluster.countersign-authz.upstream_rq_active');
  const answer = ask();
  await until('the check is under way', async () => (await active()) > 0);
  for (const authz of gateway.authzs) await authz.end('SIGKILL');
  await assertUnchecked(await answer);
  await Promise.all([gateway.restartAuthz(0), gateway.restartAuthz(1)]);
});

test('an exception in authz-service: 503, the model sees nothing, and it goes on', async () => {
  await assertUnchecked(await ask('x', '/text/RAISE-AN-EXCEPTION'));
  assert.ok(gateway.authzs.every(({ child }) => child.exitCode === null && child.signalCode === null));
  await until('it goes on', async () => (await ask()).status === 200);
  assert.ok(readTrail(gateway.ledger).every(({ data }) => !JSON.stringify(data).includes(ssn)));
});
