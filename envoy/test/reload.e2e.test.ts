/** Policies change while calls are under way; what is wrong is refused, and an approval opens nothing that was closed since. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { after, before, test } from 'node:test';
import { createIds, systemClock } from '@countersign/adapters/process/system.ts';
import { openApprovalStore } from '@countersign/adapters/sqlite/approval-store.ts';
import { type Answer, call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { startThought } from './harness/phases.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';
import { at, readTrail, terminalOf } from './harness/trail.ts';

let gateway: Gateway;
let token: string;
before(async () => {
  gateway = await startTestGateway({ policy: assistantPolicy });
  token = await gateway.issuer.token('ana', ['analysts']);
});
after(() => gateway.stop());
const write = (text: string): void => writeFileSync(`${gateway.directory}/policy/policy.yaml`, text);
const ask = (): Promise<Answer> => call({ port: gateway.port, path: '/text/a', token, body: 'x' });
const closed = `${assistantPolicy}  - { name: closed-for-audit, then: deny, match: {}, because: Closed for the audit }\n`;

test('a rule that is added takes effect without a restart, and one that is wrong changes nothing', async () => {
  assert.equal((await ask()).status, 200);
  write(closed);
  await until('the deny is in force', async () => (await ask()).status === 403);
  write(`${assistantPolicy}  - { name: wrong, thn: allow }\n`);
  await until(
    'both services say so in the trail',
    () => readTrail(gateway.ledger).filter(({ type }) => type === 'policy.rejected').length >= 2,
  );
  assert.equal((await ask()).status, 403, 'the last good policy stays');
  write(assistantPolicy);
  await until('calls are allowed again', async () => (await ask()).status === 200);
});

const changes = [
  { what: 'closed by a rule', policy: closed, reason: 'rule_deny' },
  {
    what: 'another model behind the endpoint',
    policy: assistantPolicy.replace('version: "7"', 'version: "8"'),
    reason: 'endpoint_changed',
  },
];
for (const { what, policy, reason } of changes) {
  test(`approved, but ${what} in the meantime: 403, and the approval is not used up`, async () => {
    const rows = 200 + reason.length;
    const data = Array.from({ length: rows }, () => 1);
    const body = JSON.stringify({ inputs: [{ name: 'x', shape: [rows, 1], datatype: 'FP64', data }] });
    const held = call({ port: gateway.port, path: '/v2/models/credit/infer', token, body });
    const file = `${gateway.directory}/approvals.db`;
    const store = openApprovalStore({ file, ids: createIds(), clock: systemClock, holdsPerSubject: 9 });
    let id = '';
    await until('the call is held', () => {
      const listed = store.list({ states: ['requested'], limit: 1 }, Date.now());
      id = listed.ok ? (listed.value[0]?.id ?? '') : '';
      return id !== '';
    });
    await inForce(policy);
    const by = { subject: 'rex', issuer: gateway.issuer.issuer, groups: ['model-risk'] };
    assert.ok(store.decide(id, { by, verdict: 'approve', reason: 'looks right' }, Date.now()).ok);
    const answer = await held;
    assert.equal(answer.status, 403);
    const ended = terminalOf(readTrail(gateway.ledger), String(answer.headers['x-countersign-session']));
    assert.equal(at(ended, 'decision', 'reason'), reason);
    const after = store.get(id, Date.now());
    assert.equal(after.ok && after.value.state, 'approved');
    store.close();
    await inForce(assistantPolicy);
  });
}

const profiled = `${assistantPolicy.replaceAll('response: bank }', 'response: own }')}mask:
  own: { entities: [us_ssn] }
`;
for (const { what, policy } of [
  { what: 'its endpoint is removed', policy: assistantPolicy.replaceAll('/text/**', '/other/**') },
  { what: 'its mask profile is removed', policy: assistantPolicy },
]) {
  test(`${what} while the model thinks: the call ends as it was decided, masked, and the next one by the new policy`, async () => {
    await inForce(profiled);
    const { model } = gateway;
    const thinking = await startThought(gateway, token, 'it is 536-22-8726');
    await inForce(policy);
    thinking.release();
    const answer = await thinking.answer;
    assert.ok(answer !== 'cut');
    assert.equal(answer.status, 200);
    assert.match(answer.body.toString(), /^it is \D{11}$/);
    const ended = terminalOf(readTrail(gateway.ledger), String(answer.headers['x-countersign-session']));
    assert.equal(ended.type, 'session.closed');
    assert.equal(at(ended, 'masking', 'response', 'profile'), 'own');
    model.answer = (_, response) => void response.end('fine');
    assert.equal((await ask()).status, policy === assistantPolicy ? 200 : 403);
  });
}

test('another model behind the endpoint while the request is still being sent: 403, and the model sees nothing', async () => {
  gateway.model.reached.length = 0;
  const body = JSON.stringify({ inputs: [{ name: 'x', shape: [1, 1], datatype: 'FP64', data: [1] }] });
  const headers = { host: 'models.bank.test', authorization: `Bearer ${token}`, 'content-length': body.length };
  const path = '/v2/models/credit/infer';
  const sending = request({ host: '127.0.0.1', port: gateway.port, path, method: 'POST', headers });
  const answered = once(sending, 'response');
  sending.write(body.slice(0, 10));
  await until(
    'proc-service has the call',
    async () => (await gateway.stat('cluster.countersign-proc.upstream_rq_active')) > 0,
  );
  await inForce(assistantPolicy.replace('version: "7"', 'version: "8"'));
  sending.end(body.slice(10));
  const [answer]: IncomingMessage[] = await answered;
  answer?.resume();
  assert.equal(answer?.statusCode, 403);
  assert.equal(gateway.model.reached.length, 0);
  const ended = terminalOf(readTrail(gateway.ledger), String(answer.headers['x-countersign-session']));
  assert.equal(at(ended, 'refusal', 'reason'), 'endpoint_changed');
});

/** Writes the policy and waits until both services decide by it. */
async function inForce(policy: string): Promise<void> {
  const loaded = (): number => readTrail(gateway.ledger).filter(({ type }) => type === 'policy.loaded').length;
  const before = loaded();
  write(policy);
  await until('both services have it', () => loaded() >= before + 2);
}
