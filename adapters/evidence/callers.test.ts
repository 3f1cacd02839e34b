import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scoredSession } from '@countersign/core/exchange/records.testing.ts';
import { gathered, record, scored, sessionOf, written } from './population.testing.ts';

test('whoever called when the process ended is one caller, with what else that one called', async (t) => {
  const subject = scoredSession().handOff?.principal?.subject;
  assert.ok(subject !== undefined);
  const ended = (n: number, by: string) => [
    record('session.opened', n, { subject: by, endpoint: 'credit-scoring' }, sessionOf(n)),
    record('session.aborted', n, { reason: 'process_ended', ledger: 'proc-service/r1/x', opened_seq: 1 }, sessionOf(n)),
  ];
  const drafts = [...scored(1), ...ended(2, subject), ...ended(3, 'ben'), ...ended(4, 'ben')];
  const { report } = await gathered(t, await written(t, drafts));
  const invocations = report.parts.find(({ id }) => id === 'invocations');
  assert.match(String(invocations?.says), /^4 sessions of 2 callers/);
});
