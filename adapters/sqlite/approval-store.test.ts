import assert from 'node:assert/strict';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { Approval } from '@countersign/core/approval/approval.ts';
import { applyEvent } from '@countersign/core/approval/transitions.ts';
import {
  bindingOfDigit,
  expiresMs,
  good,
  issuer,
  MovableClock,
  openStore,
  refusal,
  requestOf,
  startMs,
  temporaryFile,
  verdictOf,
} from './fixtures/approvals.ts';

const minute = 60_000;
const asks = (subject: string, hexDigit = 'a') =>
  requestOf({ binding: bindingOfDigit(hexDigit), requester: { subject, issuer } });

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

test('a waiting call hears at once of a decision in its own process', async (context) => {
  const store = openStore(context, temporaryFile(context));
  const { approval } = good(store.request(asks('ana'), startMs));
  const waiting = [1, 2].map(() => store.settled(approval.id, startMs + minute, new AbortController().signal));
  good(store.decide(approval.id, verdictOf('rex', 'deny'), startMs));
  assert.deepEqual(
    (await Promise.all(waiting)).map((one) => good(one).state),
    ['denied', 'denied'],
  );
});

test('a waiting call gets the approval as it stands when its time is up, when its caller leaves, when nothing is left to wait for', async (context) => {
  const store = openStore(context, temporaryFile(context));
  const { approval } = good(store.request(asks('ana'), startMs));
  const never = new AbortController().signal;
  assert.equal(good(await store.settled(approval.id, startMs + 20, never)).state, 'requested');
  assert.equal(good(await store.settled(approval.id, startMs - 1, never)).state, 'requested');
  assert.equal(good(await store.settled(approval.id, startMs + minute, AbortSignal.abort())).state, 'requested');
  const caller = new AbortController();
  const waiting = store.settled(approval.id, startMs + minute, caller.signal);
  caller.abort();
  assert.equal(good(await waiting).state, 'requested');
  good(store.decide(approval.id, verdictOf('rex'), startMs));
  assert.equal(good(await store.settled(approval.id, startMs + minute, never)).state, 'approved');
  assert.equal(
    refusal(await store.settled('nothing', startMs + minute, never)),
    'ERR_APPROVAL_UNKNOWN unknown_approval',
  );
});

test('a waiting call ends when the approval runs out, though nobody wrote anything', async (context) => {
  const clock = new MovableClock();
  const store = openStore(context, temporaryFile(context), clock);
  const { approval } = good(store.request(asks('ana'), startMs));
  const waiting = store.settled(approval.id, startMs + 2 * expiresMs, new AbortController().signal);
  clock.nowMs = startMs + expiresMs;
  assert.equal(good(await waiting).state, 'expired');
});

test('what no call waits for is withdrawn; what one still waits for, in any process, is not', async (context) => {
  const file = temporaryFile(context);
  const clock = new MovableClock();
  const waits = openStore(context, file, clock, { touchMs: 0 });
  const sweeps = openStore(context, file, clock);
  const left = good(waits.request(asks('ana'), startMs)).approval;
  const held = good(waits.request(asks('bob'), startMs)).approval;
  const caller = new AbortController();
  const waiting = waits.settled(held.id, startMs + expiresMs, caller.signal);
  clock.nowMs = startMs + 3 * minute;
  // The other process has noted its waiting call once this one shows as seen now: only the left one is abandoned.
  await seenAt(file, held.id, clock.nowMs);
  const ended = good(sweeps.sweep(clock.nowMs, 2 * minute));
  assert.deepEqual(
    ended.map(({ id, state }) => `${id} ${state}`),
    [`${left.id} withdrawn`],
  );
  assert.equal(good(sweeps.get(held.id, clock.nowMs)).state, 'requested');
  caller.abort();
  await waiting;
  clock.nowMs += 3 * minute;
  good(sweeps.recorded([left.id]));
  assert.deepEqual(
    good(sweeps.sweep(clock.nowMs, 2 * minute)).map(({ id }) => id),
    [held.id],
  );
});

async function seenAt(file: string, id: string, atMs: number): Promise<void> {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    while (Number(db.prepare('SELECT seen_ms FROM current WHERE id = ?').get(id)?.['seen_ms']) < atMs) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    db.close();
  }
}

test('each end is owed a record until one process says that it is durable, whoever saw it first', (context) => {
  const file = temporaryFile(context);
  const [one, other] = [openStore(context, file), openStore(context, file)];
  const expired = good(one.request(asks('ana'), startMs)).approval.id;
  const endMs = startMs + expiresMs;
  assert.equal(good(one.get(expired, endMs)).state, 'expired');
  assert.deepEqual(
    good(one.sweep(endMs, minute)).map(({ id }) => id),
    [expired],
  );
  assert.deepEqual(good(other.sweep(endMs + 1, minute)), [], 'one process at a time');
  assert.deepEqual(
    good(other.sweep(endMs + minute, minute)).map(({ id }) => id),
    [expired],
    'the first one may have died',
  );
  good(other.recorded([expired]));
  assert.deepEqual(good(one.sweep(endMs + 10 * minute, minute)), []);
});

test('the current row is the fold of the events, and nobody rewrites events', (context) => {
  const file = temporaryFile(context);
  const store = openStore(context, file);
  const { approval } = good(store.request({ ...requestOf(), terms: { ...requestOf().terms, count: 2 } }, startMs));
  good(store.decide(approval.id, verdictOf('rex'), startMs + 1));
  good(store.decide(approval.id, verdictOf('mia'), startMs + 2));
  good(store.consume(approval.id, 'S1', approval.binding, startMs + 3));
  let folded: Approval | undefined;
  for (const event of good(store.history(approval.id))) folded = good(applyEvent(folded, event));
  assert.deepEqual(folded, good(store.get(approval.id, startMs + 4)));
  const db = new DatabaseSync(file);
  context.after(() => db.close());
  assert.throws(() => db.exec(`UPDATE events SET type = 'denied'`), /append-only/);
  assert.throws(() => db.exec('DELETE FROM events'), /append-only/);
});

test('a whole principal or decision handed in leaves nothing else in the file', (context) => {
  const store = openStore(context, temporaryFile(context));
  const requester = { subject: 'ana', issuer, tokenId: 'jti-secret', method: 'oidc', groups: [], expires: 1 };
  const terms = { ...requestOf().terms, rule: 'bulk' };
  const { approval } = good(store.request({ ...requestOf(), requester, terms }, startMs));
  const verdict = verdictOf('rex');
  good(store.decide(approval.id, { ...verdict, by: { ...verdict.by, ...{ tokenId: 'jti-secret' } } }, startMs));
  assert.doesNotMatch(JSON.stringify([approval, good(store.history(approval.id))]), /jti-secret/);
});

test('a terms count below one never becomes a request', (context) => {
  const store = openStore(context, temporaryFile(context));
  const request = { ...requestOf(), terms: { ...requestOf().terms, count: 0 } };
  assert.equal(refusal(store.request(request, startMs)), 'ERR_APPROVAL_STORE event_invalid');
});

test('a locked file and a closed store are answers, never exceptions', async (context) => {
  const file = temporaryFile(context);
  const store = openStore(context, file);
  const { approval } = good(store.request(asks('ana'), startMs));
  const db = new DatabaseSync(file);
  context.after(() => db.close());
  db.exec('BEGIN IMMEDIATE');
  assert.equal(refusal(store.request(asks('bob'), startMs)), 'ERR_APPROVAL_STORE store_busy');
  assert.equal(good(store.get(approval.id, startMs)).state, 'requested', 'reading needs no lock');
  db.exec('ROLLBACK');
  good(store.request(asks('bob'), startMs));
  const other = good(store.request(asks('kim'), startMs)).approval;
  const waiting = store.settled(other.id, startMs + minute, new AbortController().signal);
  store.close();
  store.close();
  assert.equal(refusal(await waiting), 'ERR_APPROVAL_STORE store_closed');
  assert.equal(refusal(store.get(other.id, startMs)), 'ERR_APPROVAL_STORE store_closed');
  assert.equal(refusal(store.sweep(startMs, minute)), 'ERR_APPROVAL_STORE store_closed');
});

test('a row that was tampered with stops everything that would have to trust it', (context) => {
  const file = temporaryFile(context);
  const store = openStore(context, file);
  const { approval } = good(store.request(asks('ana'), startMs));
  const db = new DatabaseSync(file);
  context.after(() => db.close());
  db.prepare(`UPDATE current SET document = '{"state":"approved"}' WHERE id = ?`).run(approval.id);
  const unreadable = 'ERR_APPROVAL_STORE row_unreadable';
  assert.equal(refusal(store.get(approval.id, startMs)), unreadable);
  assert.equal(refusal(store.list({ limit: 5 }, startMs)), unreadable);
  assert.equal(refusal(store.consume(approval.id, 'S1', approval.binding, startMs)), unreadable);
  assert.equal(refusal(store.request(asks('bob'), startMs)), unreadable);
});

test('a file that others may read, or that is no store, does not open', (context) => {
  const file = temporaryFile(context);
  writeFileSync(file, 'not a database, but long enough to be read as the header of one'.repeat(20), { mode: 0o600 });
  assert.throws(() => openStore(context, file), /not a database/);
  writeFileSync(file, '');
  chmodSync(file, 0o640);
  assert.throws(() => openStore(context, file), /open to other users/);
});
