import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../ledger/record.ts';
import { readApproval } from './separation.ts';
import type { ApprovalTold } from './sort-record.ts';

const issuer = 'https://login.bank.test';
const told = (type: string, seconds: number, data: JsonObject): ApprovalTold => ({
  approval: 'A',
  type,
  time: `2026-01-02T03:04:${String(seconds).padStart(2, '0')}.000Z`,
  session: 'S',
  data,
  isWithin: true,
});

const asked = (requester: JsonObject, count = 1): ApprovalTold => told('approval.requested', 0, { requester, count });
const decided = (by: JsonObject, outcome = 'cast', verdict = 'approve'): ApprovalTold =>
  told('approval.decided', 30, { by, outcome, verdict });
const used = (votes: readonly JsonObject[] = []): ApprovalTold => told('approval.consumed', 40, { votes });

const ana = { subject: 'ana', issuer, client: 'notebook' };
const rex = { subject: 'rex', issuer, client: 'console' };
const violations = (...all: readonly ApprovalTold[]): readonly string[] => readApproval('A', all, 1).violations;

test('somebody else approved: duties were separate', () => {
  assert.deepEqual(violations(asked(ana), decided(rex), used()), []);
  assert.deepEqual(violations(asked(ana), used([{ ...rex, verdict: 'approve' }])), []);
  assert.deepEqual(violations(asked(ana), decided({ ...ana, issuer: 'https://other.test' }), used()), []);
});

test('where no record of the verdict is at hand, what came through which client is not known, and is not called separate', () => {
  const separation = (...all: readonly ApprovalTold[]): unknown => readApproval('A', all, 1).row.at(-1);
  assert.equal(separation(asked(ana), decided(rex), used([{ ...rex, verdict: 'approve' }])), 'separate');
  const told = separation(asked(ana), used([{ subject: 'rex', issuer, verdict: 'approve' }]));
  assert.match(String(told), /^separate, as far as is told/);
});

const notSeparate = {
  'the same person': [asked(ana), decided({ ...ana, client: 'console' }), used()],
  'the same person, told by the use alone': [asked(ana), used([{ subject: 'ana', issuer, verdict: 'approve' }])],
  'the client of the service account that asked': [
    asked({ subject: 'batch', issuer, client: 'batch' }),
    decided({ ...rex, client: 'batch' }),
    used(),
  ],
  'a service account': [asked(ana), decided({ subject: 'robot', issuer, client: 'robot' }), used()],
  'one of two people': [asked(ana, 2), decided(rex), used()],
  'one person twice, where two are needed': [asked(ana, 2), decided(rex), decided(rex), used()],
  nobody: [asked(ana), used()],
  'somebody who did not count': [asked(ana), decided(rex), decided(rex, 'not_counted'), used()],
  'somebody who said no': [asked(ana), decided(rex, 'cast', 'deny'), used()],
  'somebody, and nobody says who asked': [decided(rex), used()],
} as const satisfies Readonly<Record<string, readonly ApprovalTold[]>>;

for (const [who, all] of Object.entries(notSeparate)) {
  test(`approved by ${who}: duties were not separate`, () => {
    assert.equal(violations(...all).length, 1);
  });
}

test('what was not approved, or was tried and refused, violates nothing', () => {
  assert.deepEqual(violations(asked(ana)), []);
  assert.deepEqual(violations(asked(ana), decided(ana, 'not_counted')), []);
  assert.deepEqual(violations(asked(ana), decided(rex, 'cast', 'deny')), []);
});

test('the state is what went furthest, whatever is said later', () => {
  const state = (...all: readonly ApprovalTold[]): unknown => readApproval('A', all, 0).row[1];
  assert.equal(state(asked(ana)), 'requested');
  assert.equal(state(asked(ana), told('approval.expired', 50, {})), 'expired');
  assert.equal(state(asked(ana), used(), told('session', 60, { state: 'approved' })), 'consumed');
});

test('records of any shape are read', () => {
  for (const data of [{}, { requester: 7, by: null, votes: 'no', count: 'x' }, { votes: [null, 1, {}] }]) {
    const all = ['approval.requested', 'approval.decided', 'approval.consumed', 'session'].map((type) =>
      told(type, 1, data),
    );
    assert.equal(readApproval('A', all, 0).votes.length, 0);
  }
});
