import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeOf } from './findings.ts';
import { OpenSessions } from './open-sessions.ts';
import type { PreviousLedger } from './opening.ts';
import { checkSuccession } from './succession.ts';
import type { LedgerSummary } from './verify.ts';

const first = 'proc-service/p1/1';
const second = 'proc-service/p1/2';
const third = 'proc-service/p1/3';

function summary(
  ledger: string,
  previous: PreviousLedger | null,
  overrides: Partial<LedgerSummary> = {},
): LedgerSummary {
  const opening = { previous, partitions: 4 };
  return {
    ledger,
    records: 5,
    root: `root of ${ledger}`,
    closed: true,
    opening,
    pruned: undefined,
    ...overrides,
  };
}
function after(ledger: string): PreviousLedger {
  return { ledger, records: 5, root: `root of ${ledger}` };
}
function found(
  summaries: readonly LedgerSummary[],
  isWriting = false,
  sessions = new OpenSessions(),
): readonly string[] {
  const { findings } = checkSuccession(summaries, isWriting, sessions);
  return findings.map(({ ledger, seq, reason }) => `${reason} ${ledger} ${seq ?? ''}`.trim());
}

test('ledgers that follow each other have no findings', () => {
  assert.deepEqual(found([summary(first, null), summary(second, after(first)), summary(third, after(second))]), []);
});

test('a ledger of a process that died is fine once the next one fixes its end', () => {
  const summaries = [summary(first, null, { closed: false }), summary(second, after(first))];
  assert.deepEqual(found(summaries), []);
  assert.equal(checkSuccession(summaries, false, new OpenSessions()).ends.get(first), 'succeeded');
});

test('a ledger that nobody closed, follows or writes is not closed', () => {
  assert.deepEqual(found([summary(first, null, { closed: false })]), [`not_closed ${first}`]);
});

test('a ledger that is being written is fine', () => {
  const summaries = [summary(first, null), summary(second, after(first), { closed: false })];
  assert.deepEqual(found(summaries, true), []);
  assert.equal(checkSuccession(summaries, true, new OpenSessions()).ends.get(second), 'writing');
});

test('a ledger left out between two is missing', () => {
  assert.deepEqual(found([summary(first, null), summary(third, after(second))]), [`ledger_missing ${third} 0`]);
});

test('a tail that was cut off is a gap at its first missing record', () => {
  const cut = summary(first, null, { records: 3, closed: false });
  assert.deepEqual(found([cut, summary(second, after(first))]), [`tail_missing ${first} 3`]);
});

test('a tail that was replaced is altered', () => {
  const replaced = summary(first, null, { root: 'another' });
  assert.deepEqual(found([replaced, summary(second, after(first))]), [`previous_root_differs ${first} 4`]);
});

test('records written after the next ledger began are altered', () => {
  const longer = summary(first, null, { records: 6 });
  assert.deepEqual(found([longer, summary(second, after(first))]), [`records_after_successor ${first} 5`]);
});

test('two ledgers after the same one are a fork', () => {
  const summaries = [summary(first, null), summary(second, after(first)), summary(third, after(first))];
  assert.deepEqual(found(summaries), [`two_successors ${third} 0`]);
  assert.equal(exitCodeOf(checkSuccession(summaries, false, new OpenSessions()).findings), 12);
});

test('a second beginning is a fork', () => {
  assert.deepEqual(found([summary(first, null), summary(second, null)]), [`two_beginnings ${second} 0`]);
});

test('a session without an end is found where it was opened, unless that ledger is being written', () => {
  const summaries = [summary(first, null), summary(second, after(first), { closed: false })];
  const sessions = new OpenSessions();
  sessions.see({ type: 'session.opened', session: 'lost' }, first, 2);
  sessions.see({ type: 'session.opened', session: 'under way' }, second, 3);
  assert.deepEqual(found(summaries, true, sessions), [`session_without_end ${first} 2`]);
});
