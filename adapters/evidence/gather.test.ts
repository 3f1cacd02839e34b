import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import {
  type EvidenceReport,
  type Part,
  type PartId,
  partIds,
  type Row,
  type Table,
} from '@countersign/core/evidence/report.ts';
import { calls, logFolder, logText } from '../access-log/population.testing.ts';
import { ledgerKeyForTests } from '../keys/test/ledger-key.ts';
import type { Gathered, GatherOptions } from './gather.ts';
import {
  approved,
  beginMs,
  everything,
  gathered,
  record,
  requesterOf,
  revision,
  scored,
  sessionOf,
  written,
} from './population.testing.ts';

const partOf = ({ parts }: EvidenceReport, id: PartId): Part => {
  const part = parts.find((each) => each.id === id);
  assert.ok(part, id);
  return part;
};

const tableOf = (report: EvidenceReport, name: string): Table => {
  const table = report.parts.flatMap(({ tables }) => tables).find((each) => each.name === name);
  assert.ok(table, name);
  return table;
};

/** By the keys of its columns; what is absent is left out. */
function rowsOf(report: EvidenceReport, name: string): readonly Readonly<Record<string, unknown>>[] {
  const { columns, rows } = tableOf(report, name);
  return [...rows()].map((row: Row) =>
    Object.fromEntries(columns.flatMap(({ key }, index) => (row[index] === undefined ? [] : [[key, row[index]]]))),
  );
}

async function all(t: TestContext, more: Partial<GatherOptions> = {}): Promise<Gathered> {
  return gathered(t, await written(t, everything), more);
}

function change(directory: string, ledger: unknown, sql: string): void {
  const db = new DatabaseSync(join(directory, `${String(ledger)}.db`));
  db.exec(sql);
  db.close();
}

test('a report has the twelve parts in their order, each table once, as many rows as it says and as wide as its columns', async (t) => {
  const { report } = await all(t);
  assert.deepEqual(
    report.parts.map(({ id }) => id),
    partIds,
  );
  const tables = report.parts.flatMap(({ tables }) => tables);
  assert.equal(new Set(tables.map(({ name }) => name)).size, tables.length);
  for (const { name, count, rows, columns } of tables) {
    assert.match(name, /^[a-z][a-z0-9_]*$/);
    for (const { key } of columns) assert.match(key, /^[a-z][a-z0-9_]*$/);
    for (const walk of [1, 2]) {
      const walked = [...rows()];
      assert.equal(walked.length, count, `${name}, walk ${walk}`);
      for (const row of walked) assert.equal(row.length, columns.length, name);
    }
  }
});

test('who invoked which model: by caller and model, and every session with its place', async (t) => {
  const { report } = await all(t);
  const [known] = rowsOf(report, 'invocations').filter(({ subject }) => subject !== undefined);
  assert.equal(known?.['model'], 'credit-default');
  assert.deepEqual([known?.['sessions'], known?.['completed'], known?.['endpoint']], [3, 3, 'credit-scoring']);
  const sessions = rowsOf(report, 'sessions');
  assert.deepEqual(
    sessions.map(({ session }) => session),
    [1, 2, 3, 4].map(sessionOf),
  );
  assert.equal(partOf(report, 'invocations').says, '4 sessions of 1 caller at 1 endpoint.');
});

test('data: classes and how many, never a value', async (t) => {
  const { report } = await all(t);
  const found = rowsOf(report, 'masked_values');
  assert.deepEqual(
    found.map(({ class: entity, values, sessions }) => [entity, values, sessions]),
    [
      ['credit_card', 3, 3],
      ['email', 3, 3],
      ['phone', 3, 3],
      ['us_ssn', 6, 3],
    ],
  );
  assert.ok(partOf(report, 'data').facts.some(({ name, value }) => name.startsWith('Values') && value === '15'));
});

test('blocks: by what stopped whom; rules that only watch, where they would have decided otherwise', async (t) => {
  const watching = scored(5).map((draft): typeof draft => {
    const { decision, ...unmapped } = Object(draft.data['unmapped']);
    if (draft.type !== 'session.closed') return draft;
    const shadow = [
      { rule: 'would-stop', effect: 'deny' },
      { rule: 'agrees', effect: 'allow' },
    ];
    return { ...draft, data: { ...draft.data, unmapped: { ...unmapped, decision: { ...decision, shadow } } } };
  });
  const { report } = await gathered(t, await written(t, [...everything, ...watching]));
  const [stopped] = rowsOf(report, 'stopped');
  assert.deepEqual([stopped?.['outcome'], stopped?.['code'], stopped?.['sessions']], ['denied', 'ERR_CREDENTIAL', 1]);
  assert.deepEqual(
    rowsOf(report, 'shadow_rules').map(({ session, rule, would, did }) => [session, rule, would, did]),
    [[sessionOf(5), 'would-stop', 'deny', 'allow']],
  );
});

test('approvals: who asked, who approved, how long it took, what was bound; separate duties are fine', async (t) => {
  const { report } = await all(t);
  const [approval] = rowsOf(report, 'approvals');
  assert.deepEqual(
    [approval?.['state'], approval?.['approvers'], approval?.['separation']],
    ['consumed', 'rex', 'separate'],
  );
  assert.deepEqual(
    [approval?.['latency_seconds'], approval?.['uses'], approval?.['preview_digest']],
    [60, 1, 'ab'.repeat(32)],
  );
  assert.equal(partOf(report, 'approvals').verdict, 'fine');
  const [vote] = rowsOf(report, 'votes');
  assert.deepEqual([vote?.['outcome'], vote?.['authentication'], vote?.['groups']], ['cast', 'hwk', 'model-risk']);
});

test('whoever approves what they asked for themselves is an exception', async (t) => {
  const { report } = await gathered(t, await written(t, approved(4, requesterOf())));
  const part = partOf(report, 'approvals');
  assert.equal(part.verdict, 'attention');
  assert.match(
    String(rowsOf(report, 'separation_violations')[0]?.['why']),
    /asked for and approved by the same person/,
  );
  assert.ok(rowsOf(report, 'exceptions').some((row) => row['part'] === '#approvals'));
  assert.equal(report.result.verdict, 'attention');
});

test('changes: policies loaded and rejected, in use from when to when; one that nobody loaded is looked at', async (t) => {
  const { report } = await all(t);
  assert.deepEqual(
    rowsOf(report, 'policy_changes').map(({ type, first_error }) => [type, first_error]),
    [
      ['policy.loaded', undefined],
      ['policy.rejected', 'a.yaml:1: no such endpoint'],
    ],
  );
  const [use] = rowsOf(report, 'policies_in_use');
  assert.deepEqual([use?.['revision'], use?.['sessions']], [revision, 4]);
  assert.equal(partOf(report, 'changes').verdict, 'told');
  const silent = await gathered(t, await written(t, scored(1)));
  assert.equal(partOf(silent.report, 'changes').verdict, 'attention');
});

test('gaps that were declared, sessions that nothing ends, holds and reveals are told', async (t) => {
  const { report } = await all(t);
  assert.equal(partOf(report, 'integrity').verdict, 'attention');
  assert.deepEqual(
    rowsOf(report, 'gaps').map(({ refused_appends, refused_records }) => [refused_appends, refused_records]),
    [[3, 5]],
  );
  assert.deepEqual(
    rowsOf(report, 'unclosed_sessions').map(({ session, subject }) => [session, subject]),
    [[sessionOf(9), 'left']],
  );
  assert.deepEqual(
    rowsOf(report, 'legal_holds').map(({ hold, keys }) => [hold, keys]),
    [['lawsuit', 'k1']],
  );
  assert.deepEqual(
    rowsOf(report, 'revealed').map(({ what, subject, reason }) => [what, subject, reason]),
    [['copy', 'ada', 'complaint']],
  );
  assert.deepEqual(
    rowsOf(report, 'retention').map(({ retention, sessions }) => [retention, sessions]),
    [['25 months', 3]],
  );
});

test('without a pinned key and an anchor it is told plainly, and nothing is called fine', async (t) => {
  const drafts = [record('policy.loaded', 0, { revision }), ...scored(1)];
  const directory = await written(t, drafts);
  const { report } = await gathered(t, directory);
  assert.equal(partOf(report, 'integrity').verdict, 'told');
  assert.match(partOf(report, 'integrity').text.join(' '), /No key was pinned.*No anchor was given/);
  const anchor = {
    ledgers: () => [],
    read: () => ({ certificate: undefined, checkpoints: [] }),
    newest: () => undefined,
  };
  const pinned = await gathered(t, directory, { trust: { pinned: [ledgerKeyForTests.key], anchor } });
  assert.equal(partOf(pinned.report, 'integrity').verdict, 'fine');
});

test('a record that was altered is a finding, and whoever reads the cover is sent to it', async (t) => {
  const directory = await written(t, everything);
  const { report: before } = await gathered(t, directory);
  const [ledger] = rowsOf(before, 'ledgers');
  const sql =
    "UPDATE record SET value = CAST(replace(CAST(value AS TEXT), 'f2b6c2b4', 'eeeeeeee') AS BLOB) WHERE seq = 2";
  change(directory, ledger?.['ledger'], sql);
  const { report } = await gathered(t, directory, { sample: 10 });
  assert.ok(
    rowsOf(report, 'integrity_findings').some(({ reason }) => reason === 'prev_differs' || reason === 'root_differs'),
  );
  assert.equal(partOf(report, 'integrity').verdict, 'attention');
  assert.match(report.result.says, /Integrity of the records/);
  assert.equal(partOf(report, 'sample').verdict, 'attention');
});

test('bytes that are no record are a finding, and everything else is still told', async (t) => {
  const directory = await written(t, everything);
  const [ledger] = rowsOf((await gathered(t, directory)).report, 'ledgers');
  change(directory, ledger?.['ledger'], "UPDATE record SET value = x'ff00' WHERE seq = 2");
  const { report } = await gathered(t, directory);
  const reasons = rowsOf(report, 'integrity_findings').map(({ reason }) => reason);
  assert.ok(reasons.includes('not_utf8') && reasons.includes('records_missing'), String(reasons));
  assert.equal(tableOf(report, 'sessions').count, 4);
  const sql = "UPDATE record SET value = zeroblob(9000000) WHERE seq = 2; UPDATE tip SET note = 'none'";
  change(directory, ledger?.['ledger'], sql);
  const worse = rowsOf((await gathered(t, directory)).report, 'integrity_findings').map(({ reason }) => reason);
  assert.ok(worse.includes('not_a_record') && worse.includes('no_checkpoint'), String(worse));
});

test('the access log: reconciled, with its digest; without one, not reconciled and not fine', async (t) => {
  const without = await all(t);
  assert.match(partOf(without.report, 'population').says, /^Not reconciled: no access log/);
  assert.equal(partOf(without.report, 'population').verdict, 'attention');
  const both = [calls.closed(0), calls.refused_by_proc(1)];
  const directory = await written(
    t,
    both.flatMap(({ records }) => records.map((each) => ({ ...each, time: '2026-01-02T00:00:00.004Z' }))),
  );
  const log = join(logFolder(t), 'access.log');
  writeFileSync(log, logText([calls.closed(0).line, calls.closed(7).line]));
  const fromMs = Date.UTC(2026, 0, 1);
  const { report } = await gathered(t, directory, { logs: [log], fromMs, toMs: Date.UTC(2026, 1, 1) });
  assert.deepEqual(
    rowsOf(report, 'differences').map(({ kind, reason }) => [kind, reason]),
    [
      ['DIFFERS', 'session_not_recorded'],
      ['DIFFERS', 'session_without_line'],
    ],
  );
  assert.match(String(rowsOf(report, 'access_logs')[0]?.['sha256']), /^[0-9a-f]{64}$/);
});

test('only what ended in the period is of it', async (t) => {
  const { report } = await all(t, { fromMs: beginMs + 2, toMs: beginMs + 3 });
  assert.deepEqual(
    rowsOf(report, 'sessions').map(({ session }) => session),
    [sessionOf(2)],
  );
});

test('a gap that was declared after the period counts for it when it began before its end', async (t) => {
  const gap = { reason: 'disk_full', refused_appends: 1, refused_records: 2 };
  const [since, until] = ['2026-01-01T23:50:00.000Z', '2026-01-03T08:00:00.000Z'];
  const declared = record('ledger.gap_declared', 0, { ...gap, since, until });
  const directory = await written(t, [{ ...declared, time: until }]);
  for (const [day, gaps] of [
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 0],
  ] as const) {
    const period = { fromMs: Date.UTC(2026, 0, day), toMs: Date.UTC(2026, 0, day + 1) };
    const { report } = await gathered(t, directory, period);
    assert.equal(tableOf(report, 'gaps').count, gaps, `day ${day}`);
  }
});

test('a log of another time reconciles nothing', async (t) => {
  const log = join(logFolder(t), 'access.log');
  writeFileSync(log, logText([calls.closed(0).line]));
  const period = { fromMs: Date.UTC(2026, 5, 1), toMs: Date.UTC(2026, 6, 1) };
  const { report } = await gathered(t, await written(t, everything), { logs: [log], ...period });
  assert.equal(partOf(report, 'population').verdict, 'attention');
  assert.match(partOf(report, 'population').says, /no line is of the period/);
});
