import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Approval, type ApprovalRequest, approvalStates, type Vote } from './approval.ts';
import { bindingOfDigit, expiresMs, issuer, requestOf, startMs } from './request.testing.ts';
import {
  applyEvent,
  approvalMoves,
  clockStepToleranceMs,
  consume,
  expire,
  isLive,
  nextState,
  vote,
  withdraw,
} from './transitions.ts';

function requested(change: Partial<ApprovalRequest> = {}): Approval {
  const request = requestOf(change);
  const opened = applyEvent(undefined, { type: 'requested', atMs: startMs, id: '01JHMZ00000000000000000APP', request });
  assert.ok(opened.ok);
  return opened.value;
}

const by = (subject: string, change: Partial<Vote['by']> = {}): Vote['by'] => ({
  subject,
  issuer,
  groups: ['model-risk'],
  client: 'console',
  ...change,
});
const yes = (who: Vote['by'], reason = 'checked the portfolio') => ({ by: who, verdict: 'approve' as const, reason });
const no = (who: Vote['by']) => ({ by: who, verdict: 'deny' as const, reason: 'not this quarter' });
const twoPeople = { terms: { groups: ['model-risk'], count: 2, waitMs: 1000, expiresMs, scope: 'request' as const } };

function good(result: ReturnType<typeof vote>): Approval {
  assert.ok(result.ok, result.ok ? '' : result.error.reason);
  return result.value;
}
function refused(result: ReturnType<typeof vote>): string {
  assert.ok(!result.ok);
  return `${result.error.code} ${result.error.reason}`;
}

test('the table has exactly the moves of the design, and terminal states have none', () => {
  const moves = approvalStates.flatMap((state) =>
    approvalMoves.flatMap((move) => {
      const to = nextState(state, move);
      return to === undefined ? [] : [`${state} ${move} ${to}`];
    }),
  );
  assert.deepEqual(moves, [
    'requested approve approved',
    'requested deny denied',
    'requested expire expired',
    'requested withdraw withdrawn',
    'approved expire expired',
    'approved consume consumed',
    'approved revoke revoked',
  ]);
  assert.deepEqual(approvalStates.filter(isLive), ['requested', 'approved']);
});

test('one entitled person approves, the call consumes it, and that is the end of it', () => {
  const approved = good(vote(requested(), yes(by('rex')), startMs + 1000));
  assert.equal(approved.state, 'approved');
  assert.equal(approved.decidedAtMs, startMs + 1000);
  const consumed = good(consume(approved, 'S1', bindingOfDigit('a'), startMs + 2000));
  assert.equal(consumed.state, 'consumed');
  assert.equal(consumed.consumedBy, 'S1');
  assert.equal(
    refused(consume(consumed, 'S2', bindingOfDigit('a'), startMs + 3000)),
    'ERR_APPROVAL_NOT_OPEN state_consumed',
  );
});

test('one no by an entitled person denies, also after a first yes', () => {
  const half = good(vote(requested(twoPeople), yes(by('rex')), startMs));
  assert.equal(half.state, 'requested');
  assert.equal(half.decidedAtMs, undefined);
  assert.equal(good(vote(half, no(by('mia')), startMs)).state, 'denied');
});

test('N of M: the same person twice is one person, the same name at another issuer is another', () => {
  const half = good(vote(requested(twoPeople), yes(by('rex')), startMs));
  assert.equal(refused(vote(half, yes(by('rex')), startMs)), 'ERR_APPROVAL_ALREADY_VOTED already_voted');
  assert.equal(refused(vote(half, no(by('rex')), startMs)), 'ERR_APPROVAL_ALREADY_VOTED already_voted');
  assert.equal(good(vote(half, yes(by('rex', { issuer: 'https://partner.test' })), startMs)).state, 'approved');
});

test('the requester never decides, whatever groups they are in', () => {
  assert.equal(refused(vote(requested(), yes(by('ana')), startMs)), 'ERR_APPROVAL_SELF self_approval');
  assert.equal(refused(vote(requested(), no(by('ana')), startMs)), 'ERR_APPROVAL_SELF self_approval');
});

test('behind a service account: a person who comes through the same client is the same hands', () => {
  const robot = requested({ requester: { subject: 'batch-scorer', issuer, client: 'batch-scorer' } });
  const sameClient = by('ana', { client: 'batch-scorer' });
  assert.equal(refused(vote(robot, yes(sameClient), startMs)), 'ERR_APPROVAL_SELF same_client');
  assert.equal(good(vote(robot, yes(by('rex')), startMs)).state, 'approved');
  const elsewhere = by('rex', { client: 'batch-scorer', issuer: 'https://partner.test' });
  assert.equal(good(vote(robot, yes(elsewhere), startMs)).state, 'approved');
});

test('two people who use the same application are still two people', () => {
  assert.equal(good(vote(requested(), yes(by('rex', { client: 'notebook' })), startMs)).state, 'approved');
});

test('a service account in the group is not a person', () => {
  const robot = by('approve-bot', { client: 'approve-bot' });
  assert.equal(refused(vote(requested(), yes(robot), startMs)), 'ERR_APPROVAL_NOT_ENTITLED service_account');
});

test('somebody outside the groups does not decide', () => {
  const stranger = by('kim', { groups: ['credit-analysts', 'model-risk-readers'] });
  assert.equal(refused(vote(requested(), yes(stranger), startMs)), 'ERR_APPROVAL_NOT_ENTITLED not_in_group');
});

for (const [name, reason, want] of [
  ['empty', '', 'reason_too_short'],
  ['blank', ' \n\t ', 'reason_too_short'],
  ['two characters', ' ok ', 'reason_too_short'],
  ['zero-width characters only', '\u200b\u200b\u200b\u200b', 'reason_too_short'],
  ['dots only', '.....', 'reason_too_short'],
  ['longer than 1000', 'x'.repeat(1001), 'reason_too_long'],
  ['a terminal escape', 'fine \u001b[2J really', 'reason_unprintable'],
  ['a C1 control', 'fine \u009b2J really', 'reason_unprintable'],
  ['a bidirectional override', 'do \u202eevorppa ton', 'reason_unprintable'],
  ['a lone surrogate', 'fine \ud800 really', 'reason_unprintable'],
] as const) {
  test(`a reason is required: ${name}`, () => {
    const result = vote(requested(), yes(by('rex'), reason), startMs);
    assert.equal(refused(result), `ERR_APPROVAL_REASON_MISSING ${want}`);
  });
}

test('a reason of 3 and of 1000 characters will do, in any script, and is kept trimmed', () => {
  for (const reason of ['yes', '可以的', `${'\u{1f600}'.repeat(999)}x`, 'first line\n\tsecond']) {
    assert.equal(good(vote(requested(), yes(by('rex'), `  ${reason}\n`), startMs)).votes[0]?.reason, reason);
  }
});

test('a vote keeps the evidence of how the person logged in, and nothing else of the token', () => {
  const principal = {
    ...by('rex', { amr: ['pwd', 'otp'], acr: 'urn:mfa' }),
    method: 'oidc',
    tokenId: 'jti-1',
    expires: 1,
  };
  const approved = good(vote(requested(), yes(principal), startMs));
  assert.deepEqual(approved.votes[0]?.by, by('rex', { amr: ['pwd', 'otp'], acr: 'urn:mfa' }));
});

test('the time runs out exactly at expiresAtMs, before and after the decision', () => {
  const open = requested();
  assert.equal(expire(open, startMs + expiresMs - 1), open);
  assert.equal(expire(open, startMs + expiresMs).state, 'expired');
  const late = vote(open, yes(by('rex')), startMs + expiresMs);
  assert.equal(refused(late), 'ERR_APPROVAL_NOT_OPEN state_expired');
  const approved = good(vote(open, yes(by('rex')), startMs));
  assert.equal(
    refused(consume(approved, 'S1', bindingOfDigit('a'), startMs + expiresMs)),
    'ERR_APPROVAL_NOT_OPEN state_expired',
  );
  assert.equal(refused(withdraw(open, startMs + expiresMs)), 'ERR_APPROVAL_NOT_OPEN state_expired');
});

test('a clock that steps back further than tolerated ends the approval', () => {
  const approved = good(vote(requested(), yes(by('rex')), startMs + 1000));
  const edge = startMs + 1000 - clockStepToleranceMs;
  assert.equal(good(consume(approved, 'S1', bindingOfDigit('a'), edge)).state, 'consumed');
  assert.equal(refused(consume(approved, 'S1', bindingOfDigit('a'), edge - 1)), 'ERR_APPROVAL_NOT_OPEN state_expired');
});

test('consuming needs the same binding, and the votes behind the state', () => {
  const approved = good(vote(requested(), yes(by('rex')), startMs));
  assert.equal(refused(consume(approved, 'S1', bindingOfDigit('b'), startMs)), 'ERR_APPROVAL_BINDING binding_mismatch');
  const hollow = { ...approved, votes: [] };
  assert.equal(refused(consume(hollow, 'S1', bindingOfDigit('a'), startMs)), 'ERR_APPROVAL_NOT_OPEN approvals_missing');
  assert.equal(
    refused(consume(requested(), 'S1', bindingOfDigit('a'), startMs)),
    'ERR_APPROVAL_NOT_OPEN state_requested',
  );
});

test('a count below one opens nothing', () => {
  const broken = requested({ terms: { ...twoPeople.terms, count: 0 } });
  assert.equal(good(vote(broken, yes(by('rex')), startMs)).state, 'requested');
});

test('events: a second request, an early expiry and an event without a request are refused', () => {
  const open = requested();
  const again = applyEvent(open, { type: 'requested', atMs: startMs, id: open.id, request: open });
  assert.equal(refused(again), 'ERR_APPROVAL_NOT_OPEN already_exists');
  assert.equal(refused(applyEvent(open, { type: 'expired', atMs: startMs })), 'ERR_APPROVAL_NOT_OPEN not_due');
  assert.equal(
    refused(applyEvent(undefined, { type: 'withdrawn', atMs: startMs })),
    'ERR_APPROVAL_UNKNOWN unknown_approval',
  );
  assert.equal(good(applyEvent(open, { type: 'withdrawn', atMs: startMs })).state, 'withdrawn');
});
