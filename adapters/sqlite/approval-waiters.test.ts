import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { expiresMs, minute, startMs } from '@countersign/core/approval/request.testing.ts';
import { asks, good, MovableClock, openStore, refusal, temporaryFile, verdictOf } from './test/approvals.ts';

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
