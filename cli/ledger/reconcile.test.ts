import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { calls, logFolder, logText, sessionOf } from '@countersign/adapters/access-log/population.testing.ts';
import { draft, ledgerFolder, open } from '@countersign/adapters/sqlite/test/ledgers.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { countersign } from '../test/countersign.ts';

const period = ['--from', isoTime(0), '--to', '2100-01-01T00:00:00Z'];

/** Two calls, in a ledger of a real writer. */
async function twoCalls(t: TestContext): Promise<{ readonly ledger: string; readonly log: string }> {
  const ledger = ledgerFolder(t);
  const writer = await open(ledger);
  const both = [calls.closed(0), calls.refused_by_proc(1)];
  const drafts = both.flatMap(({ records }, n) => records.map(({ type, data }) => draft(type, sessionOf(n), data)));
  await writer.append(drafts);
  await writer.close('done');
  const log = join(logFolder(t), 'access.log');
  writeFileSync(log, logText(both.map(({ line }) => line)));
  return { ledger, log };
}

test('ledger reconcile: all agrees, exit 0; it says what that proves', async (t) => {
  const { ledger, log } = await twoCalls(t);
  const { status, stdout, stderr } = await countersign('ledger', 'reconcile', log, '--ledger', ledger, ...period);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /2 requests in 2 lines/);
  assert.match(stdout, /2 sessions in 1 ledgers: 1 closed, 1 denied, 0 aborted/);
  assert.match(stdout, /RECONCILED: every request has a session or a refusal, every session a request/);
  assert.match(stdout, /`countersign ledger verify` says whether they are whole/);
});

test('ledger reconcile: a difference is exit 1, with file and line, in the report, as JSON and in the list of all of them', async (t) => {
  const { ledger, log } = await twoCalls(t);
  writeFileSync(log, logText([calls.closed(0).line, calls.closed(7).line]));
  const list = join(logFolder(t), 'differences.jsonl');
  const text = await countersign('ledger', 'reconcile', log, '--ledger', ledger, ...period, '--list', list);
  assert.equal(text.status, 1, text.stderr);
  assert.match(text.stdout, /DIFFERENCE 1 × session_not_recorded: .*\n {2}access\.log:2 {2}/);
  assert.match(text.stdout, /DIFFERENCE 1 × session_without_line: /);
  const lines = readFileSync(list, 'utf8').trimEnd().split('\n');
  assert.deepEqual(
    lines
      .map((line) => JSON.parse(line))
      .map(({ explained, reason, session }) => `${reason} ${session} ${explained}`)
      .toSorted(),
    [`session_not_recorded ${sessionOf(7)} false`, `session_without_line ${sessionOf(1)} false`],
  );
  assert.equal(statSync(list).mode & 0o777, 0o600);
  const json = await countersign('ledger', 'reconcile', log, '--ledger', ledger, ...period, '--json');
  const { reconciled, exit_code, differences, explained } = JSON.parse(json.stdout);
  assert.deepEqual([json.status, reconciled, exit_code], [1, false, 1]);
  assert.deepEqual(differences.counts, { session_not_recorded: 1, session_without_line: 1 });
  assert.deepEqual(explained, { counts: {}, first: [] });
});

test('ledger reconcile: a bundle is as good as the folder it came from', async (t) => {
  const { ledger, log } = await twoCalls(t);
  const bundle = join(logFolder(t), 'ledgers.jsonl');
  await countersign('ledger', 'export', ledger, '--out', bundle);
  const { status, stdout } = await countersign('ledger', 'reconcile', log, '--ledger', bundle, ...period);
  assert.equal(status, 0, stdout);
});

for (const [what, args, said] of [
  ['a log that is not there', ['/nonexistent'], /nonexistent/],
  ['a log of another format', ['LOG'], /envoy\/README\.md/],
  ['a time that is none', ['LOG', '--from', 'yesterday'], /--from yesterday/],
  ['no log', [], /log/],
] as const) {
  test(`ledger reconcile with ${what} is exit 2`, async (t) => {
    const { ledger } = await twoCalls(t);
    const log = join(logFolder(t), 'other.log');
    writeFileSync(log, '{"status":200}\nnot json\n');
    const list = join(logFolder(t), 'differences.jsonl');
    const given = [...args.map((arg) => (arg === 'LOG' ? log : arg)), '--ledger', ledger, '--list', list];
    const { status, stdout, stderr } = await countersign('ledger', 'reconcile', ...given);
    assert.deepEqual([status, stdout, existsSync(list)], [2, '', false]);
    assert.match(stderr, said);
  });
}
