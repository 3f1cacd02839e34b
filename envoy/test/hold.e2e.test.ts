/** Calls that wait for people, on the real Envoy. People decide through the store here; console and command line have tests of their own. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createIds, systemClock } from '@countersign/adapters/process/system.ts';
import { openApprovalStore, type SqliteApprovalStore } from '@countersign/adapters/sqlite/approval-store.ts';
import type { Approval } from '@countersign/core/approval/approval.ts';
import { type Answer, call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';
import { at, ofSession, readTrail, terminalOf } from './harness/trail.ts';
import { answerJson } from './harness/upstream.ts';

let gateway: Gateway;
let store: SqliteApprovalStore;
let token: string;
before(async () => {
  gateway = await startTestGateway({ policy: assistantPolicy, configuration: '' });
  token = await gateway.issuer.token('ana', ['analysts']);
  store = openApprovalStore({
    file: `${gateway.directory}/approvals.db`,
    ids: createIds(),
    clock: systemClock,
    holdsPerSubject: 100,
  });
});
after(async () => {
  store.close();
  await gateway.stop();
});
beforeEach(() => {
  gateway.model.reached.length = 0;
  gateway.model.answer = answerJson({ model_name: 'credit', outputs: [] });
});

let rows = 200;
/** A body of its own for every test, so that no approval of another one fits. */
const freshBody = (): string => {
  rows += 1;
  return JSON.stringify({
    inputs: [{ name: 'x', shape: [rows, 1], datatype: 'FP64', data: Array.from({ length: rows }, () => 0.5) }],
  });
};
const infer = (
  body: string,
  more: { headers?: Record<string, string>; signal?: AbortSignal; token?: string } = {},
): Promise<Answer> => call({ port: gateway.port, path: '/v2/models/credit/infer', token, body, ...more });

async function waiting(): Promise<Approval> {
  let found: Approval | undefined;
  await until('an approval is asked for', () => {
    const listed = store.list({ states: ['requested'], limit: 10 }, Date.now());
    found = listed.ok ? listed.value[0] : undefined;
    return found !== undefined;
  });
  if (found === undefined) throw new Error('unreachable');
  return found;
}
function decide(id: string, verdict: 'approve' | 'deny', subject = 'rex', groups = ['model-risk']): string {
  const decided = store.decide(
    id,
    { by: { subject, issuer: gateway.issuer.issuer, groups }, verdict, reason: 'checked the portfolio' },
    Date.now(),
  );
  return decided.ok ? decided.value.state : decided.error.code;
}
const ending = (answer: Answer) =>
  terminalOf(readTrail(gateway.ledger), String(answer.headers['x-countersign-session']));

test('held, approved by a second person, and answered in place; the record names everybody', async () => {
  const answered = infer(freshBody());
  const approval = await waiting();
  assert.equal(gateway.model.reached.length, 0);
  assert.equal(decide(approval.id, 'approve', 'ana', ['model-risk']), 'ERR_APPROVAL_SELF');
  assert.equal(decide(approval.id, 'approve', 'tom', ['interns']), 'ERR_APPROVAL_NOT_ENTITLED');
  assert.equal(decide(approval.id, 'approve'), 'approved');
  const answer = await answered;
  assert.equal(answer.status, 200);
  const closed = ending(answer);
  assert.equal(closed.type, 'session.closed');
  assert.equal(at(closed, 'identity', 'subject'), 'ana');
  assert.equal(at(closed, 'approval', 'id'), approval.id);
  assert.equal(at(closed, 'approval', 'votes', '0', 'subject'), 'rex');
  assert.equal(at(closed, 'decision', 'rule'), 'bulk-needs-approval');
  const types = ofSession(readTrail(gateway.ledger), closed.session ?? '').map((record) => record.type);
  assert.deepEqual(types, [
    'approval.requested',
    'session.held',
    'payload.part',
    'approval.consumed',
    'session.opened',
    'payload.part',
    'session.closed',
  ]);
});

test('denied: 403, and the model never saw it', async () => {
  const answered = infer(freshBody());
  assert.equal(decide((await waiting()).id, 'deny'), 'denied');
  const answer = await answered;
  assert.equal(answer.status, 403);
  assert.match(answer.body.toString(), /checked the portfolio/);
  assert.equal(gateway.model.reached.length, 0);
  assert.equal(at(ending(answer), 'approval', 'state'), 'denied');
});

test('not decided in time: 409 with Retry-After and Location; the retry attaches and the approval is used once', async () => {
  const body = freshBody();
  const pending = await infer(body, { headers: { prefer: 'wait=0' } });
  assert.equal(pending.status, 409);
  assert.equal(pending.headers['retry-after'], '1');
  const approval = await waiting();
  assert.match(String(pending.headers.location), new RegExp(`${approval.id}$`));
  assert.equal(at(ending(pending), 'outcome'), 'pending');
  assert.equal(decide(approval.id, 'approve'), 'approved');
  assert.equal((await infer(body)).status, 200);
  const again = await infer(body, { headers: { prefer: 'wait=0' } });
  assert.equal(again.status, 409, 'a second call needs an approval of its own');
  const fresh = await waiting();
  assert.notEqual(fresh.id, approval.id);
  store.withdraw(fresh.id, Date.now());
});

test('202 for a caller who prefers that, at once; the same call sent again is answered when people have decided', async () => {
  const body = freshBody();
  const accepted = await infer(body, { headers: { prefer: 'respond-async' } });
  assert.equal(accepted.status, 202);
  assert.equal(accepted.headers['preference-applied'], 'respond-async');
  assert.equal(accepted.headers['content-type'], 'application/json');
  const approval = await waiting();
  assert.match(String(accepted.headers.location), new RegExp(`${approval.id}$`));
  assert.match(accepted.body.toString(), /"status":"pending"/);
  assert.equal(at(ending(accepted), 'outcome'), 'pending');
  assert.equal(at(ending(accepted), 'refusal', 'status'), 202);
  assert.equal((await infer(body, { headers: { prefer: 'respond-async' } })).status, 202);
  assert.equal((await waiting()).id, approval.id, 'the second call attached to the same request');
  assert.equal(gateway.model.reached.length, 0);
  assert.equal(decide(approval.id, 'approve'), 'approved');
  assert.equal((await infer(body, { headers: { prefer: 'respond-async' } })).status, 200);
  assert.equal(gateway.model.reached.length, 1);
});

test('respond-async with a wait: 202 only after that time, 200 when people decide within it', async () => {
  const late = freshBody();
  const accepted = await infer(late, { headers: { prefer: 'respond-async, wait=1' } });
  assert.equal(accepted.status, 202);
  assert.equal(accepted.headers['preference-applied'], 'respond-async, wait=1');
  decide((await waiting()).id, 'deny');
  assert.equal((await infer(late, { headers: { prefer: 'respond-async' } })).status, 202, 'asked anew');
  store.withdraw((await waiting()).id, Date.now());
  const intime = infer(freshBody(), { headers: { prefer: 'wait=15, respond-async' } });
  assert.equal(decide((await waiting()).id, 'approve'), 'approved');
  assert.equal((await intime).status, 200);
});

test('another body, or another caller, cannot use the approval', async () => {
  const body = freshBody();
  await infer(body, { headers: { prefer: 'wait=0' } });
  const approval = await waiting();
  decide(approval.id, 'approve');
  const bea = await gateway.issuer.token('bea', ['analysts']);
  const stranger = await infer(body, { headers: { prefer: 'wait=0' }, token: bea });
  assert.equal(stranger.status, 409);
  const changed = await infer(body.replace('0.5', '0.6'), { headers: { prefer: 'wait=0' } });
  assert.equal(changed.status, 409);
  const held = store.list({ states: ['requested'], limit: 10 }, Date.now());
  assert.equal(held.ok && held.value.length, 2);
  for (const other of held.ok ? held.value : []) store.withdraw(other.id, Date.now());
  assert.equal((await infer(body)).status, 200);
});

test('a caller without any allow rule is refused at 1 row and at 101: a hold never opens what is not allowed', async () => {
  const tom = await gateway.issuer.token('tom', ['interns']);
  for (const count of [1, 101]) {
    const body = JSON.stringify({
      inputs: [{ name: 'x', shape: [count, 1], datatype: 'FP64', data: Array.from({ length: count }, () => 1) }],
    });
    assert.equal((await infer(body, { token: tom })).status, 403);
  }
  assert.equal(gateway.model.reached.length, 0);
});

test('a caller who leaves during the hold: recorded as aborted, and the approval stays for the retry', async () => {
  const body = freshBody();
  const leave = new AbortController();
  const left = infer(body, { signal: leave.signal }).catch(() => 'left');
  const approval = await waiting();
  leave.abort();
  assert.equal(await left, 'left');
  await until('the session is recorded as aborted', () =>
    readTrail(gateway.ledger).some(
      (record) => record.type === 'session.aborted' && record.session === approval.session,
    ),
  );
  assert.equal(decide(approval.id, 'approve'), 'approved');
  assert.equal((await infer(body)).status, 200);
});

test('identical calls share one approval, but only so many of them may wait', async () => {
  const body = freshBody();
  const answers = await Promise.all(Array.from({ length: 12 }, () => infer(body, { headers: { prefer: 'wait=1' } })));
  const statuses = answers.map(({ status }) => status).toSorted();
  assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 409), 429, 429]);
  const held = store.list({ states: ['requested'], limit: 10 }, Date.now());
  assert.equal(held.ok && held.value.length, 1);
});
