/** Wall clocks that jump by an hour, and two that differ: durations stay true, and doubt is a refusal. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createIds, systemClock } from '@countersign/adapters/process/system.ts';
import { openApprovalStore } from '@countersign/adapters/sqlite/approval-store.ts';
import { type Answer, call } from './harness/client.ts';
import { type Ending, type Endings, endingsOf, words } from './harness/endings.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { startHold, startThought, type UnderWay } from './harness/phases.ts';
import { assistantPolicy } from './harness/policies.ts';
import { at, auditTrail } from './harness/trail.ts';

const hourMs = 3_600_000;
const clock = fileURLToPath(new URL('./harness/clock.ts', import.meta.url));
/** An approval that outlives the jump, and one that does not. */
const policy = `${assistantPolicy}  - name: long
    match: { endpoint: scoring }
    when: body.rows > 1000
    then: hold
    approval: { groups: [model-risk], count: 1, wait: 20s, expires: 24h, scope: request }
`.replace('when: body.rows > 100\n', 'when: body.rows > 100 && body.rows <= 1000\n');
let gateway: Gateway;
let token: string;
let endings: Endings;
before(async () => {
  gateway = await startTestGateway({ policy, procImport: clock, authzImport: clock });
  token = await gateway.issuer.token('ana', ['analysts']);
  endings = endingsOf(gateway.ledger);
});
after(() => gateway.stop());
beforeEach(() => {
  gateway.model.reached.length = 0;
  gateway.model.answer = (_, response) => void response.end('fine');
});
afterEach(() => {
  set('authz-service', 0);
  set('proc-service', 0);
});

type Service = 'authz-service' | 'proc-service';
const set = (service: Service, offsetMs: number): void => {
  const file = join(gateway.directory, `clock-${service}`);
  if (offsetMs === 0) rmSync(file, { force: true });
  else writeFileSync(file, String(offsetMs));
};
const jump = (offsetMs: number): void => {
  set('authz-service', offsetMs);
  set('proc-service', offsetMs);
};
const ask = (): Promise<Answer> => call({ port: gateway.port, path: '/text/a', token, body: 'x' });

async function assertRefused(answer: Answer, status: number, ended: string): Promise<void> {
  assert.equal(answer.status, status);
  const ending = await endings.next();
  assert.equal(words(ending), ended);
  assert.equal(ending.session, answer.headers['x-countersign-session']);
  assert.equal(gateway.model.reached.length, 0);
}

test('proc-service is an hour ahead of authz-service: every hand-off is expired, 403', async () => {
  set('proc-service', hourMs);
  await assertRefused(await ask(), 403, 'session.denied denied hand_off_expired');
});

test('hosts whose clocks differ by 20 s, either way: calls go on', async () => {
  for (const offsetMs of [20_000, -20_000]) {
    set('proc-service', offsetMs);
    assert.equal((await ask()).status, 200);
    assert.equal(words(await endings.next()), 'session.closed completed');
  }
});

test('an hour forward: tokens of ten minutes are expired, 401; back again: they are good', async () => {
  jump(hourMs);
  await assertRefused(await ask(), 401, 'session.denied denied credential_expired: expired');
  jump(0);
  assert.equal((await ask()).status, 200);
  await endings.next();
});

test('an hour back: a new token is of the future, 401', async () => {
  jump(-hourMs);
  token = await gateway.issuer.token('ana', ['analysts']);
  await assertRefused(await ask(), 401, 'session.denied denied credential_claims: iat_in_the_future');
});

for (const [direction, offsetMs] of [
  ['forward', hourMs],
  ['back', -hourMs],
] as const) {
  test(`an hour ${direction} while the model thinks: the call is finished, and its duration is true`, async () => {
    const thinking = await startThought(gateway, token, 'thought');
    jump(offsetMs);
    thinking.release();
    const answer = await thinking.answer;
    assert.equal(answer !== 'cut' && answer.status, 200);
    const ending = await endings.next();
    assert.equal(words(ending), 'session.closed completed');
    const stepMs = timeOf(ending, 'ended') - timeOf(ending, 'forwarded');
    assert.ok(Math.abs(stepMs - offsetMs) < hourMs / 2, 'the wall clock did not jump');
    const durationMs = Number(at(ending.record, 'times', 'duration_us')) / 1000;
    assert.ok(durationMs > 0 && durationMs < hourMs / 2, `${durationMs} ms`);
  });

  test(`an hour ${direction} during a hold whose approval cannot be dated any more: 403 at once, nothing at the model`, async () => {
    const rows = 300 + direction.length;
    const held = await startHold(gateway, token, rows);
    jump(offsetMs);
    await assertExpired(held);
  });
}

const timeOf = ({ record }: Ending, name: string): number => Date.parse(String(at(record, 'times', name)));

async function assertExpired(held: UnderWay): Promise<void> {
  const answer = await held.answer;
  assert.ok(answer !== 'cut');
  await assertRefused(answer, 403, 'session.denied denied approval_expired');
}

test('an hour forward during a hold whose approval is good for a day: it goes on waiting, and is approved', async () => {
  const held = await startHold(gateway, token, 2000);
  jump(hourMs);
  assert.equal(approve(), 'approved');
  const answer = await held.answer;
  assert.equal(answer !== 'cut' && answer.status, 200);
  assert.equal(words(await endings.next()), 'session.closed completed');
});

/** As a person does, at the time that the gateway has. */
function approve(): string {
  const file = `${gateway.directory}/approvals.db`;
  const store = openApprovalStore({ file, ids: createIds(), clock: systemClock, holdsPerSubject: 9 });
  const listed = store.list({ states: ['requested'], limit: 1 }, Date.now());
  const [first] = listed.ok ? listed.value : [];
  const by = { subject: 'rex', issuer: gateway.issuer.issuer, groups: ['model-risk'] };
  const decided = store.decide(first?.id ?? '', { by, verdict: 'approve', reason: 'looks right' }, Date.now());
  store.close();
  return decided.ok ? decided.value.state : decided.error.code;
}

test('after all these jumps the ledgers are whole: the order of records is that of their writing, whatever their times say', async () => {
  const { findings } = auditTrail(gateway.ledger);
  assert.deepEqual(findings, []);
});
