import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import { expiresMs, issuer, requestOf, startMs } from '@countersign/core/approval/request.testing.ts';
import { asks, good, MovableClock, openStore, refusal, temporaryFile, verdictOf } from './test/approvals.ts';

test('a request, a vote and a use survive in the file, and only the owner can read it', (context) => {
  const file = temporaryFile(context);
  const first = openStore(context, file);
  const { approval, attached } = good(first.request(requestOf(), startMs));
  assert.equal(attached, false);
  good(first.decide(approval.id, verdictOf('rex'), startMs + 1));
  for (const path of [file, `${file}-wal`, `${file}-shm`]) assert.equal(statSync(path).mode & 0o777, 0o600, path);
  first.close();
  const second = openStore(context, file);
  good(second.consume(approval.id, 'S1', approval.binding, startMs + 2));
  const kept = good(second.get(approval.id, startMs + 3));
  assert.equal(kept.state, 'consumed');
  assert.equal(kept.votes[0]?.by.subject, 'rex');
  assert.deepEqual({ ...kept.requester }, { subject: 'ana', issuer, client: 'notebook' });
});

test('the retry of a call attaches to its live approval, requested or approved; after its use it holds afresh', (context) => {
  const store = openStore(context, temporaryFile(context));
  const { approval } = good(store.request(asks('ana'), startMs));
  assert.deepEqual(good(store.request(asks('ana'), startMs + 1)), { approval, attached: true });
  const approved = good(store.decide(approval.id, verdictOf('rex'), startMs + 2));
  assert.deepEqual(good(store.request(asks('ana'), startMs + 3)), { approval: approved, attached: true });
  good(store.consume(approval.id, 'S1', approval.binding, startMs + 4));
  assert.equal(
    refusal(store.consume(approval.id, 'S2', approval.binding, startMs + 4)),
    'ERR_APPROVAL_NOT_OPEN state_consumed',
  );
  const afresh = good(store.request(asks('ana'), startMs + 5));
  assert.equal(afresh.attached, false);
  assert.notEqual(afresh.approval.id, approval.id);
});

test('neither another body nor another person attaches, even with the same binding', (context) => {
  const store = openStore(context, temporaryFile(context));
  const made = [
    asks('ana'),
    asks('ana', 'b'),
    asks('bob'),
    requestOf({ requester: { subject: 'ana', issuer: 'https://partner.test' } }),
  ];
  const all = made.map((request) => good(store.request(request, startMs)));
  assert.equal(new Set(all.map(({ approval }) => approval.id)).size, 4);
});

for (const [how, end] of [
  ['denied', (store: ReturnType<typeof openStore>, id: string) => store.decide(id, verdictOf('rex', 'deny'), startMs)],
  ['withdrawn', (store: ReturnType<typeof openStore>, id: string) => store.withdraw(id, startMs)],
] as const) {
  test(`a request that was ${how} is over: the same call asks anew`, (context) => {
    const store = openStore(context, temporaryFile(context));
    const { approval } = good(store.request(asks('ana'), startMs));
    assert.equal(good(end(store, approval.id)).state, how);
    assert.equal(good(store.request(asks('ana'), startMs)).attached, false);
  });
}

test('holds of one subject are capped; what is over does not count, nor what was approved', (context) => {
  const store = openStore(context, temporaryFile(context), new MovableClock(), { holdsPerSubject: 2 });
  const first = good(store.request(asks('ana', '1'), startMs)).approval;
  good(store.request(asks('ana', '2'), startMs));
  assert.equal(refusal(store.request(asks('ana', '3'), startMs)), 'ERR_HOLDS_EXHAUSTED holds_per_subject');
  assert.equal(good(store.request(asks('ana', '2'), startMs)).attached, true, 'attaching needs no room');
  good(store.request(asks('bob', '3'), startMs));
  good(store.decide(first.id, verdictOf('rex'), startMs));
  good(store.request(asks('ana', '3'), startMs));
  assert.equal(refusal(store.request(asks('ana', '4'), startMs)), 'ERR_HOLDS_EXHAUSTED holds_per_subject');
  good(store.request(asks('ana', '4'), startMs + expiresMs));
});

test('expiry shows to everybody who looks, is written once, and a clock set back does not revive it', (context) => {
  const file = temporaryFile(context);
  const store = openStore(context, file);
  const { approval } = good(store.request(asks('ana'), startMs));
  assert.equal(
    refusal(store.decide(approval.id, verdictOf('rex'), startMs + expiresMs)),
    'ERR_APPROVAL_NOT_OPEN state_expired',
  );
  assert.equal(good(store.get(approval.id, startMs)).state, 'expired');
  assert.equal(refusal(store.decide(approval.id, verdictOf('rex'), startMs)), 'ERR_APPROVAL_NOT_OPEN state_expired');
  const types = good(store.history(approval.id)).map(({ type }) => type);
  assert.deepEqual(types, ['requested', 'expired']);
});

test('expiry shows in a list, and an approved one expires unused', (context) => {
  const store = openStore(context, temporaryFile(context));
  const { approval } = good(store.request(asks('ana'), startMs));
  good(store.decide(approval.id, verdictOf('rex'), startMs));
  assert.deepEqual(good(store.list({ states: ['approved'], limit: 10 }, startMs + expiresMs)), []);
  const [expired] = good(store.list({ states: ['expired'], limit: 10 }, startMs + expiresMs));
  assert.equal(expired?.id, approval.id);
  assert.equal(
    refusal(store.consume(approval.id, 'S1', approval.binding, startMs)),
    'ERR_APPROVAL_NOT_OPEN state_expired',
  );
});

test('a list shows the newest first, and to a person only their own and those of their groups', (context) => {
  const store = openStore(context, temporaryFile(context));
  const terms = { ...requestOf().terms, groups: ['credit-heads', 'treasury'] };
  const mine = good(store.request(asks('ana'), startMs)).approval.id;
  const heads = good(store.request({ ...asks('bob'), terms }, startMs + 1)).approval.id;
  const see = (subject: string, groups: readonly string[], from = issuer) =>
    good(store.list({ limit: 10, visibleTo: { subject, issuer: from, groups } }, startMs + 2)).map(({ id }) => id);
  assert.deepEqual(
    good(store.list({ limit: 10 }, startMs + 2)).map(({ id }) => id),
    [heads, mine],
  );
  assert.deepEqual(see('rex', ['model-risk', 'treasury']), [heads, mine]);
  assert.deepEqual(see('rex', ['treasury']), [heads]);
  assert.deepEqual(see('ana', []), [mine]);
  assert.deepEqual(see('ana', [], 'https://partner.test'), []);
  assert.deepEqual(see('kim', ['model-risk-readers', 'model', '%', '["model-risk"]']), []);
  assert.deepEqual(
    good(store.list({ limit: 1 }, startMs + 2)).map(({ id }) => id),
    [heads],
  );
});
