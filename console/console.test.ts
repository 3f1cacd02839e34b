import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { good } from '@countersign/adapters/sqlite/test/approvals.ts';
import { requestOf } from '@countersign/core/approval/request.testing.ts';
import { type Answer, answered, approve, type Stage, setStage } from './test/stage.ts';

/** Deciding, end to end. Who gets in at all is in access.test.ts. */
let stage: Stage;
let ana: string;
let rex: string;
let mia: string;
let kim: string;

before(async () => {
  stage = await setStage();
  const { provider } = stage;
  ana = await provider.token('ana', ['credit-analysts', 'model-risk']);
  rex = await provider.token('rex', ['model-risk'], { amr: ['pwd', 'otp'], acr: 'urn:bank:mfa' });
  mia = await provider.token('mia', ['model-risk']);
  kim = await provider.token('kim', ['credit-analysts']);
});
after(() => stage.stop());

const idsOf = ({ body }: Answer): readonly string[] => {
  assert.ok(typeof body === 'object' && body !== null && 'approvals' in body && Array.isArray(body.approvals));
  return body.approvals.map(({ id }: { id: string }) => id);
};

test('an entitled person approves: the store has it, the waiting call hears it, the ledger has who and how', async () => {
  const approval = stage.hold();
  const waiting = stage.folder.store.settled(approval.id, Date.now() + 60_000, new AbortController().signal);
  const { status, body } = await stage.decision(approval.id, rex, approve);
  assert.equal(status, 200);
  assert.ok(typeof body === 'object' && body !== null && 'state' in body);
  assert.equal(body.state, 'approved');
  assert.equal(good(await waiting).state, 'approved');
  const record = stage.folder.records().find(({ type }) => type === 'approval.decided');
  assert.equal(record?.['session'], approval.session);
  assert.deepEqual(record?.['data'], {
    approval: approval.id,
    verdict: 'approve',
    reason: approve.reason,
    by: {
      subject: 'rex',
      issuer: stage.provider.issuer,
      client: 'cli',
      amr: ['pwd', 'otp'],
      acr: 'urn:bank:mfa',
      groups: ['model-risk'],
    },
    requester: approval.requester,
    endpoint: approval.endpoint,
    model: approval.model,
    rule: approval.rule,
    count: 1,
    binding: approval.binding,
    digest: approval.digest,
    outcome: 'cast',
  });
});

test('nobody approves a request of their own, though in the group', async () => {
  const approval = stage.hold();
  assert.equal(answered(await stage.decision(approval.id, ana, approve)), '403 ERR_APPROVAL_SELF');
  assert.deepEqual(stage.standing(approval).votes, []);
});

test('a stranger sees nothing, and cannot tell a real id from an invented one', async () => {
  const approval = stage.hold();
  const real = await stage.ask(`/api/approvals/${approval.id}`, kim);
  const invented = await stage.ask('/api/approvals/01JHMZ00000000000000000000', kim);
  const { instance: _real, ...seen } = Object(real.body);
  const { instance: _invented, ...expected } = Object(invented.body);
  assert.equal(answered(real), '404 ERR_APPROVAL_UNKNOWN');
  assert.deepEqual(seen, expected);
  assert.equal(answered(await stage.decision(approval.id, kim, approve)), '404 ERR_APPROVAL_UNKNOWN');
  assert.deepEqual(idsOf(await stage.ask('/api/approvals', kim)), []);
});

test('the requester and the deciding groups see a request: masked, with whether it is theirs to decide', async () => {
  const approval = stage.hold();
  const mine = await stage.ask(`/api/approvals/${approval.id}`, ana);
  const theirs = await stage.ask(`/api/approvals/${approval.id}`, rex);
  assert.equal(Object(mine.body).mayDecide, false);
  assert.equal(Object(theirs.body).mayDecide, true);
  assert.deepEqual(Object(theirs.body).preview, approval.preview);
  assert.ok(idsOf(await stage.ask('/api/approvals?state=requested', rex)).includes(approval.id));
  assert.ok(!idsOf(await stage.ask('/api/approvals?state=denied', rex)).includes(approval.id));
});

test('a second vote is refused: by the same person, and by anybody once it is decided', async () => {
  const approval = stage.hold({ terms: { ...requestOf().terms, count: 2 } });
  assert.equal((await stage.decision(approval.id, rex, approve)).status, 200);
  assert.equal(answered(await stage.decision(approval.id, rex, approve)), '409 ERR_APPROVAL_ALREADY_VOTED');
  assert.equal(stage.standing(approval).state, 'requested');
  assert.equal((await stage.decision(approval.id, mia, approve)).status, 200);
  assert.equal(stage.standing(approval).state, 'approved');
  assert.equal(
    answered(await stage.decision(approval.id, mia, { ...approve, verdict: 'deny' })),
    '409 ERR_APPROVAL_NOT_OPEN',
  );
  assert.equal(stage.standing(approval).state, 'approved');
});

test('one denial is final', async () => {
  const approval = stage.hold();
  assert.equal((await stage.decision(approval.id, mia, { verdict: 'deny', reason: 'Not this quarter' })).status, 200);
  assert.equal(answered(await stage.decision(approval.id, rex, approve)), '409 ERR_APPROVAL_NOT_OPEN');
  assert.equal(stage.standing(approval).state, 'denied');
});

test('what has expired can no longer be approved', async () => {
  const approval = stage.hold({}, Date.now() - 31 * 60_000);
  assert.equal(answered(await stage.decision(approval.id, rex, approve)), '409 ERR_APPROVAL_NOT_OPEN');
  assert.equal(stage.standing(approval).state, 'expired');
});

for (const [name, body, code] of [
  ['no reason', { verdict: 'approve' }, 'ERR_BODY_UNREADABLE'],
  ['an empty reason', { verdict: 'approve', reason: '  ' }, 'ERR_APPROVAL_REASON_MISSING'],
  ['a reason that drives terminals', { verdict: 'approve', reason: 'ok \u001b[2J ok' }, 'ERR_APPROVAL_REASON_MISSING'],
  ['no verdict', { reason: 'because' }, 'ERR_BODY_UNREADABLE'],
  ['an unknown verdict', { ...approve, verdict: 'approved' }, 'ERR_BODY_UNREADABLE'],
  ['an identity in the body', { ...approve, by: { subject: 'mia' } }, 'ERR_BODY_UNREADABLE'],
  ['a list', [approve], 'ERR_BODY_UNREADABLE'],
  ['a number for a reason', { verdict: 'approve', reason: 12345 }, 'ERR_BODY_UNREADABLE'],
  ['malformed JSON', '{"verdict":"approve","reason":"because"', 'ERR_BODY_UNREADABLE'],
  ['a poisoned prototype', '{"__proto__":{"verdict":"approve"},"reason":"because"}', 'ERR_BODY_UNREADABLE'],
  ['an empty body', '', 'ERR_BODY_UNREADABLE'],
] as const) {
  test(`${name} is refused and decides nothing`, async () => {
    const approval = stage.hold();
    assert.equal(answered(await stage.decision(approval.id, rex, body)), `400 ${code}`);
    assert.equal(stage.standing(approval).state, 'requested');
  });
}

test('a huge body, and another content type, are refused unread', async () => {
  const approval = stage.hold();
  const huge = { ...approve, reason: 'x'.repeat(1_000_000) };
  assert.equal(answered(await stage.decision(approval.id, rex, huge)), '413 ERR_BODY_TOO_LARGE');
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const init = { method: 'POST', body: JSON.stringify(approve), headers: { 'content-type': type } };
    assert.equal(answered(await stage.ask(`/api/approvals/${approval.id}/decision`, rex, init)), '415 ERR_BODY_CODING');
  }
  assert.equal(stage.standing(approval).state, 'requested');
});

test('what an approver types by mistake is masked before it is kept', async () => {
  const approval = stage.hold();
  await stage.decision(approval.id, rex, { verdict: 'approve', reason: 'checked customer 078-05-1120 by phone' });
  const kept = JSON.stringify([
    stage.folder.records(),
    good(stage.folder.store.history(approval.id)),
    stage.console.log(),
  ]);
  assert.doesNotMatch(kept, /078-05-1120/);
  assert.match(stage.standing(approval).votes[0]?.reason ?? '', /^checked customer .+ by phone$/);
});
