import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asks,
  good,
  MovableClock,
  openStore,
  refusal,
  temporaryFile,
  verdictOf,
} from '@countersign/adapters/sqlite/test/approvals.ts';
import { startMs } from '@countersign/core/approval/request.testing.ts';
import type { LedgerError, RecordDraft } from '@countersign/core/ledger/record.ts';
import type { Ledger } from '@countersign/core/ports.ts';
import { err, ok } from '@countersign/core/result.ts';
import { decide } from './decide.ts';

/** A ledger whose disk can be told to be full, and that says what it was given. */
function ledger(onAppend: (drafts: readonly RecordDraft[]) => LedgerError | undefined = () => undefined) {
  const records: RecordDraft[] = [];
  const append: Ledger['append'] = async (drafts) => {
    const refused = onAppend(drafts);
    if (refused !== undefined) return err(refused);
    records.push(...drafts);
    return ok(drafts.map((_, seq) => ({ ledger: 'console/1/test', seq })));
  };
  return { records, append };
}

test('a verdict is recorded before it counts', async (context) => {
  const clock = new MovableClock();
  const store = openStore(context, temporaryFile(context), clock);
  const { approval } = good(store.request(asks('ana'), startMs));
  const states: string[] = [];
  const log = ledger(() => void states.push(good(store.get(approval.id, startMs)).state));
  const verdict = {
    ...verdictOf('rex'),
    by: { ...verdictOf('rex').by, groups: ['model-risk', 'private'], amr: ['otp'] },
  };
  const decided = good(await decide(approval.id, verdict, { approvals: store, ledger: log, clock }));
  assert.equal(decided.state, 'approved');
  assert.deepEqual(states, ['requested']);
  const [record] = log.records;
  assert.equal(record?.type, 'approval.decided');
  assert.equal(record?.session, approval.session);
  assert.deepEqual(record?.data['by'], {
    subject: 'rex',
    issuer: 'https://login.bank.test',
    client: 'console',
    amr: ['otp'],
    acr: undefined,
    groups: ['model-risk'],
  });
  assert.equal(record?.data['binding'], approval.binding);
  assert.equal(record?.data['digest'], approval.digest);
  assert.equal(record?.data['outcome'], 'cast');
});

test('what cannot be recorded does not count', async (context) => {
  const clock = new MovableClock();
  const store = openStore(context, temporaryFile(context), clock);
  const { approval } = good(store.request(asks('ana'), startMs));
  const full = ledger(() => ({ code: 'ERR_LEDGER_FULL', reason: 'disk_full' }));
  const result = await decide(approval.id, verdictOf('rex'), { approvals: store, ledger: full, clock });
  assert.equal(refusal(result), 'ERR_RECORD_UNAVAILABLE disk_full');
  assert.equal(good(store.get(approval.id, startMs)).state, 'requested');
  assert.deepEqual(good(store.get(approval.id, startMs)).votes, []);
});

test('what is refused leaves no record and no vote', async (context) => {
  const clock = new MovableClock();
  const store = openStore(context, temporaryFile(context), clock);
  const { approval } = good(store.request(asks('ana'), startMs));
  const log = ledger();
  const on = { approvals: store, ledger: log, clock };
  const stranger = { ...verdictOf('kim'), by: { ...verdictOf('kim').by, groups: ['credit-analysts'] } };
  assert.equal(refusal(await decide(approval.id, stranger, on)), 'ERR_APPROVAL_UNKNOWN not_visible');
  assert.equal(refusal(await decide(approval.id, verdictOf('ana'), on)), 'ERR_APPROVAL_SELF self_approval');
  assert.equal(
    refusal(await decide(approval.id, { ...verdictOf('rex'), reason: ' ' }, on)),
    'ERR_APPROVAL_REASON_MISSING reason_too_short',
  );
  assert.deepEqual(log.records, []);
  assert.deepEqual(good(store.get(approval.id, startMs)).votes, []);
});

test('a verdict that came too late between record and store is recorded as not counted', async (context) => {
  const clock = new MovableClock();
  const store = openStore(context, temporaryFile(context), clock);
  const { approval } = good(store.request(asks('ana'), startMs));
  let first = true;
  const log = ledger(() => {
    if (first) good(store.decide(approval.id, verdictOf('mia', 'deny'), startMs));
    first = false;
    return undefined;
  });
  const result = await decide(approval.id, verdictOf('rex'), { approvals: store, ledger: log, clock });
  assert.equal(refusal(result), 'ERR_APPROVAL_NOT_OPEN state_denied');
  assert.deepEqual(
    log.records.map(({ data }) => data['outcome']),
    ['cast', 'not_counted'],
  );
  assert.deepEqual(log.records[1]?.data['refusal'], { code: 'ERR_APPROVAL_NOT_OPEN', reason: 'state_denied' });
});

test('when the store fails after the record, the record says that nobody knows', async (context) => {
  const clock = new MovableClock();
  const store = openStore(context, temporaryFile(context), clock);
  const { approval } = good(store.request(asks('ana'), startMs));
  const log = ledger((drafts) => void (drafts[0]?.data['outcome'] === 'cast' && store.close()));
  const result = await decide(approval.id, verdictOf('rex'), { approvals: store, ledger: log, clock });
  assert.equal(refusal(result), 'ERR_APPROVAL_STORE store_closed');
  assert.deepEqual(
    log.records.map(({ data }) => data['outcome']),
    ['cast', 'uncertain'],
  );
});
