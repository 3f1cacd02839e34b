import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Approval, type ApprovalEvent, type ApprovalRequest, parseApprovalBinding } from './approval.ts';
import { applyEvent, isLive } from './transitions.ts';

/**
 * Any order of events, by anybody, under a clock that steps both ways. The machine under test keeps one approval; the
 * checks below know only what the design promises, not how the code does it.
 */
const issuer = 'https://login.bank.test';
const startMs = 1_800_000_000_000;
const people = ['ana', 'rex', 'mia', 'kim', 'bot'] as const;
const groupsOf = {
  ana: ['model-risk'],
  rex: ['model-risk'],
  mia: ['other', 'model-risk'],
  kim: ['other'],
  bot: ['model-risk'],
};

type Step =
  | { readonly kind: 'clock'; readonly byMs: number }
  | { readonly kind: 'event'; readonly event: (atMs: number) => ApprovalEvent; readonly text: string };

const digit = fc.constantFrom('a', 'b');
function binding(hexDigit: string) {
  const parsed = parseApprovalBinding(hexDigit.repeat(64));
  assert.ok(parsed);
  return parsed;
}

const clock = fc
  .oneof(fc.integer({ min: -90_000, max: 90_000 }), fc.integer({ min: -3_600_000, max: 3_600_000 }))
  .map((byMs): Step => ({ kind: 'clock', byMs }));
const votes = fc
  .record({
    subject: fc.constantFrom(...people),
    verdict: fc.constantFrom('approve' as const, 'approve' as const, 'approve' as const, 'deny' as const),
    reason: fc.constantFrom('looked at it', 'looked at it', ''),
  })
  .map(({ subject, verdict, reason }): Step => {
    const by = { subject, issuer, groups: groupsOf[subject], client: subject === 'bot' ? 'bot' : 'console' };
    return event((atMs) => ({ type: 'voted', atMs, verdict: { by, verdict, reason } }), `${verdict} by ${subject}`);
  });
const consumes = fc
  .tuple(fc.constantFrom('S1', 'S2', 'S3'), digit)
  .map(([session, hex]) =>
    event((atMs) => ({ type: 'consumed', atMs, session, binding: binding(hex) }), `consume ${session} ${hex}`),
  );
const ends = fc
  .constantFrom('expired' as const, 'withdrawn' as const)
  .map((type) => event((atMs) => ({ type, atMs }), type));

function event(make: (atMs: number) => ApprovalEvent, text: string): Step {
  return { kind: 'event', event: make, text };
}

function request(count: number): ApprovalRequest {
  return {
    binding: binding('a'),
    session: 'S0',
    requester: { subject: 'ana', issuer, client: 'console' },
    endpoint: 'e',
    model: 'm',
    rule: 'r',
    because: '',
    terms: { groups: ['model-risk'], count, waitMs: 1000, expiresMs: 600_000, scope: 'request' },
    digest: 'd'.repeat(64),
    facts: {},
    preview: { text: '', truncated: false },
  };
}

function checkStep(before: Approval, after: Approval, given: ApprovalEvent): void {
  if (!isLive(before.state)) assert.deepEqual(after, before, 'a terminal state stays as it is');
  assert.ok(after.votes.length >= before.votes.length, 'a vote is never lost');
  assert.deepEqual(after.votes.slice(0, before.votes.length), before.votes, 'a vote is never changed');
  for (const { by, reason } of after.votes) {
    assert.notEqual(by.subject, 'ana', 'the requester never counts');
    assert.notEqual(by.subject, 'kim', 'an outsider never counts');
    assert.notEqual(by.subject, 'bot', 'a service account never counts');
    assert.ok(reason.length >= 3);
  }
  const names = after.votes.map(({ by }) => by.subject);
  assert.equal(new Set(names).size, names.length, 'a person counts once');
  if (after.state === 'consumed' && before.state !== 'consumed') {
    assert.equal(before.state, 'approved', 'only an approved one is consumed');
    assert.ok(given.atMs < after.expiresAtMs, 'never after its time');
    assert.ok(given.type === 'consumed' && given.binding === after.binding, 'never by another call');
    assert.ok(names.length >= after.terms.count && after.votes.every(({ verdict }) => verdict === 'approve'));
  }
  if (after.votes.some(({ verdict }) => verdict === 'deny')) assert.equal(after.state, 'denied');
}

test('consumed at most once, never without enough people, never by the requester; what has ended stays ended', () => {
  const reached = new Set<string>();
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.oneof(clock, votes, votes, consumes, ends), { minLength: 1, maxLength: 25 }),
      (count, steps) => {
        let nowMs = startMs;
        let consumed = 0;
        const opened = applyEvent(undefined, { type: 'requested', atMs: nowMs, id: 'A', request: request(count) });
        assert.ok(opened.ok);
        let approval: Approval = opened.value;
        for (const step of steps) {
          if (step.kind === 'clock') {
            nowMs += step.byMs;
            continue;
          }
          const given = step.event(nowMs);
          const result = applyEvent(approval, given);
          const after: Approval = result.ok ? result.value : approval;
          checkStep(approval, after, given);
          if (result.ok && given.type === 'consumed') consumed += 1;
          approval = after;
          reached.add(approval.state);
        }
        assert.ok(consumed <= 1);
        assert.equal(consumed === 1, approval.state === 'consumed');
      },
    ),
    { numRuns: 2000 },
  );
  // The generator must be able to reach everything, or the checks above say nothing.
  assert.deepEqual([...reached].toSorted(), ['approved', 'consumed', 'denied', 'expired', 'requested', 'withdrawn']);
});
