/**
 * Every process of a fleet restarted in turn, drained, while calls come and one waits for people: callers see nothing of it but,
 * where a call was held, the 409 that official clients answer with a retry of their own.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createIds, systemClock } from '@countersign/adapters/process/system.ts';
import { openApprovalStore } from '@countersign/adapters/sqlite/approval-store.ts';
import { startConsole } from '../../console/test/console-process.ts';
import { replacing } from './harness/altered.ts';
import { type Answer, call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { startLoad } from './harness/load.ts';
import { heldBody } from './harness/phases.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';
import { at, ofSession, readTrail } from './harness/trail.ts';

/** Envoy has asked by then: its health checks are 0.3 s apart here, and wait 2 s at most. */
const drainDelaySeconds = 3;

test('all restarted in turn, the console too: no call fails, and the call that was held goes on at the same approval', async (t) => {
  const gateway = await startTestGateway({
    policy: assistantPolicy,
    procs: 2,
    authzs: 2,
    drainDelaySeconds,
    alterEnvoy: replacing([
      '"interval":"2s","no_traffic_interval":"2s"',
      '"interval":"0.3s","no_traffic_interval":"0.3s"',
    ]),
  });
  t.after(() => gateway.stop());
  const token = await gateway.issuer.token('ana', ['analysts']);
  let console = await startConsole(gateway.directory);
  t.after(() => console.stop());

  const load = startLoad({ port: gateway.port, token, callers: 4 });
  t.after(() => load.stop());
  const held = persistent(gateway, token);
  await until('it is held', () => readTrail(gateway.ledger).some(({ type }) => type === 'session.held'));

  for (const index of [0, 1]) {
    assert.equal(await gateway.procs[index]?.end('SIGTERM'), 0);
    await gateway.restartProc(index);
    assert.equal(await gateway.authzs[index]?.end('SIGTERM'), 0);
    await gateway.restartAuthz(index);
  }
  assert.equal(await console.stop(), 0);
  console = await startConsole(gateway.directory);
  await approve(gateway, console.url);

  const answers = await held;
  const called = await load.stop();
  t.diagnostic(`${called.length} calls; the held one was answered ${answers.map(({ status }) => status).join(', ')}`);
  await t.test('no call failed', () => {
    assert.deepEqual(
      called.filter(({ status, complete }) => status !== 200 || !complete),
      [],
    );
  });
  await t.test('the held one was told to come again, and nothing else', () => {
    assert.equal(answers.at(-1)?.status, 200);
    const before = answers.slice(0, -1);
    assert.ok(before.length > 0, 'no restart has met it');
    for (const { status, headers } of before) assert.equal(`${status} ${headers['retry-after']}`, '409 1');
  });
  await t.test('all its sessions are of one approval, asked for once and used once', () => {
    const trail = readTrail(gateway.ledger);
    const typesOf = (type: string) => trail.filter((record) => record.type === type);
    assert.equal(typesOf('approval.requested').length, 1);
    assert.equal(typesOf('approval.consumed').length, 1);
    for (const { headers } of answers) {
      const [begun] = ofSession(trail, String(headers['x-countersign-session'])).filter(
        ({ type }) => type === 'session.held',
      );
      assert.ok(begun);
      assert.equal(at(begun, 'approval'), at(typesOf('approval.requested')[0] ?? begun, 'approval'));
    }
  });
});

/** One call, sent again while it is told to wait; all the answers it was given. */
async function persistent({ port }: Gateway, token: string): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  do {
    if (answers.length > 0) await pause(1_000);
    answers.push(await call({ port, path: '/v2/models/credit/infer', token, body: heldBody(200) }));
  } while (answers.at(-1)?.status === 409);
  return answers;
}

/** By a person of the group, through the console's API. */
async function approve(gateway: Gateway, url: string): Promise<void> {
  const file = `${gateway.directory}/approvals.db`;
  const store = openApprovalStore({ file, ids: createIds(), clock: systemClock, holdsPerSubject: 9 });
  const listed = store.list({ states: ['requested'], limit: 9 }, Date.now());
  store.close();
  assert.ok(listed.ok);
  assert.equal(listed.value.length, 1);
  const token = await gateway.issuer.token('rex', ['model-risk']);
  const response = await fetch(`${url}/api/approvals/${listed.value[0]?.id}/decision`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ verdict: 'approve', reason: 'Quarterly review, sample of 200' }),
  });
  assert.equal(response.status, 200, await response.text());
}
