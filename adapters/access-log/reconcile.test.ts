import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { runs } from '@countersign/core/masking/seeded-runs.testing.ts';
import fc from 'fast-check';
import {
  beginMs,
  type Call,
  type CallKind,
  calls,
  compare,
  compareLogs,
  end,
  ledgerOf,
  lineOf,
  logFolder,
  logText,
  record,
  sessionOf,
} from './population.testing.ts';

const kinds = Object.keys(calls).filter((name): name is CallKind => Object.hasOwn(calls, name));
const make = (of: readonly CallKind[]): readonly Call[] => of.map((kind, n) => calls[kind](n));
const told = ({
  differences,
}: {
  readonly differences: readonly { readonly reason: string; readonly session?: string }[];
}) => differences.map(({ reason, session }) => (session === undefined ? reason : `${reason} ${session}`));

const explanations = {
  closed: {},
  model_failed: {},
  refused_by_authz: {},
  refused_in_grpc: {},
  failed_in_grpc: {},
  refused_by_proc: {},
  caller_left: {},
  answer_cut: {},
  killed: { process_ended: 1 },
  left_early: { left_before_record: 1 },
  proc_away: { processor_failed: 1 },
  refused_and_proc_away: { answer_lost: 1 },
  disk_full: { could_not_be_recorded: 1 },
  disk_full_in_grpc: { could_not_be_recorded: 1 },
  no_route: {},
  no_http: { answered_by_envoy: 1 },
  no_http_recorded: { answered_by_envoy: 1, named_by_no_line: 1 },
  left_while_asked: { answered_by_envoy: 1, named_by_no_line: 1 },
} as const satisfies Record<CallKind, object>;

for (const kind of kinds) {
  test(`a call of the kind ${kind} is no difference`, async (t) => {
    const { differences, counts } = await compare(t, make([kind]));
    assert.deepEqual(differences, []);
    assert.deepEqual(Object.fromEntries(counts), explanations[kind]);
  });
}

test('whatever calls there were, in whatever order: all explained; a line or a session that is taken away or made up is the one difference', async (t) => {
  // Of a refusal that no line names there is nothing to take away: any line without a session may be its own.
  const unnamed: readonly CallKind[] = ['no_http_recorded', 'left_while_asked'];
  const joined = kinds.filter((kind) => calls[kind](0).records.length > 0 && !unnamed.includes(kind));
  const population = fc.record({
    all: fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 30 }),
    victim: fc.constantFrom(...joined),
    at: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(population, async ({ all, victim, at }) => {
      const n = at % (all.length + 1);
      const whole = make(all.toSpliced(n, 0, victim));
      assert.deepEqual(told(await compare(t, whole)), []);
      const own = calls[victim](n);
      const without = (call: Call): readonly Call[] => whole.toSpliced(n, 1, call);
      const gone = sessionOf(n);
      assert.deepEqual(told(await compare(t, without({ records: own.records }))), [`session_without_line ${gone}`]);
      assert.deepEqual(told(await compare(t, without({ ...own, records: [] }))), [lostRecord(own, gone)]);
    }),
    runs(t, 25),
  );
});

const lostRecord = ({ line }: Call, session: string): string =>
  `${line?.['upstream_bytes_sent'] === 0 ? 'refusal_not_recorded' : 'session_not_recorded'} ${session}`;

const differing: readonly (readonly [string, Call, string])[] = [
  ['sent on without a session', { line: lineOf(0, { session: null }), records: [] }, 'request_without_session'],
  [
    'sent on without a session, with a header of the model’s that names one',
    { line: lineOf(0, { session: null }), records: calls.closed(0).records },
    'request_without_session',
  ],
  [
    'sent on, and recorded as refused',
    { line: lineOf(0), records: [end(0, 'session.denied', 403)] },
    `forwarded_without_opening ${sessionOf(0)}`,
  ],
  [
    'answered whole, and recorded as aborted',
    { line: lineOf(0), records: [record(0, 'session.opened'), end(0, 'session.aborted', 200)] },
    `answered_without_closing ${sessionOf(0)}`,
  ],
  [
    'refused by the record, 200 in the log',
    { line: lineOf(0, { upstream_bytes_sent: 0 }), records: [end(0, 'session.denied', 403)] },
    `answered_without_closing ${sessionOf(0)}`,
  ],
  [
    'refused by the record, OK in gRPC',
    {
      line: lineOf(0, { upstream_bytes_sent: 0, grpc_status: 0, details: 'x' }),
      records: [end(0, 'session.denied', 403)],
    },
    `status_differs ${sessionOf(0)}`,
  ],
  [
    'another status than recorded',
    { line: lineOf(0, { status: 201 }), records: calls.closed(0).records },
    `status_differs ${sessionOf(0)}`,
  ],
  [
    'opened and never ended, with nobody writing',
    { line: lineOf(0), records: [record(0, 'session.opened')] },
    `session_without_end ${sessionOf(0)}`,
  ],
  [
    'a line of a version without session ids',
    { line: { time: '2026-01-02T00:00:00Z', status: 200 }, records: [] },
    'line_unreadable',
  ],
];
for (const [what, call, expected] of differing) {
  test(`a difference: ${what}`, async (t) => {
    const report = await compare(t, [call, calls.closed(1)]);
    assert.deepEqual(
      new Set(told(report)),
      new Set(what.includes('names one') ? [expected, `session_without_line ${sessionOf(0)}`] : [expected]),
    );
    assert.equal(report.exitCode, 1);
  });
}

test('one session in two lines is a replay, or a log that was given twice', async (t) => {
  const { differences } = await compare(t, [calls.closed(0), { ...calls.closed(0), records: [] }]);
  assert.deepEqual(
    differences.map(({ reason, line }) => [reason, line]),
    [['line_repeated', 'access.log:2']],
  );
});

test('a call that is under way is none, as long as its ledger is being written', async (t) => {
  const open = [record(0, 'session.opened')];
  const { differences, counts } = await compare(
    t,
    [{ line: lineOf(0, { flags: 'DC', status: 0 }), records: open }, calls.closed(1)],
    {
      isWriting: true,
    },
  );
  assert.deepEqual([differences, Object.fromEntries(counts)], [[], { under_way: 1 }]);
});

test('counted refusals: as many lines of that source and time are explained, one more is a difference, and so is one less', async (t) => {
  const refusal = (n: number): Call => ({ ...calls.refused_by_authz(n), records: [] });
  const window = (count: number): Call => ({
    records: [
      {
        type: 'refusals.counted',
        data: { count, start_time: beginMs, end_time: beginMs + 100, src_endpoint: { ip: '10.0.0.1' } },
      },
    ],
  });
  const elsewhere = { ...refusal(4), line: { ...refusal(4).line, source: '10.0.0.2' } };
  const three = [0, 1, 2].map(refusal);
  assert.deepEqual(told(await compare(t, [...three, window(3)])), []);
  assert.deepEqual(told(await compare(t, [...three, window(2)])), [`refusal_not_recorded ${sessionOf(2)}`]);
  assert.deepEqual(told(await compare(t, [...three, window(4)])), ['counted_without_lines']);
  assert.deepEqual(told(await compare(t, [...three, elsewhere, window(3)])), [`refusal_not_recorded ${sessionOf(4)}`]);
});

test('a process that is killed while it counts loses the count, and the record before it says so', async (t) => {
  const refusal = { ...calls.refused_by_authz(1), records: [] };
  const announcing: Call = {
    ...calls.refused_by_authz(0),
    records: [end(0, 'session.denied', 403, { unmapped: { counting_until: beginMs + 10_000 } })],
  };
  const { differences, counts } = await compare(t, [announcing, refusal]);
  assert.deepEqual([differences, Object.fromEntries(counts)], [[], { count_lost: 1 }]);
  const closed: Call = { records: [{ type: 'ledger.closed', data: { reason: 'sigterm' } }] };
  assert.deepEqual(told(await compare(t, [announcing, refusal, closed])), [`refusal_not_recorded ${sessionOf(1)}`]);
});

test('a cluster that leads to no model is explained when the auditor says so', async (t) => {
  const page: Call = { line: lineOf(0, { session: null, answered: null, upstream: 'website' }), records: [] };
  assert.deepEqual(told(await compare(t, [page])), ['request_without_session']);
  const { counts } = await compare(t, [page], { others: new Set(['website']) });
  assert.deepEqual(Object.fromEntries(counts), { other_upstream: 1 });
});

test('without a period: what ended before the log or after it is not asked about, nor what may have its line later', async (t) => {
  const at = (atMs: number): Call => ({
    records: [record(0, 'session.opened'), end(0, 'session.closed', 200, { time: atMs })],
  });
  const logged = [calls.closed(1), { ...calls.closed(2), line: lineOf(2, { duration_ms: 600_000 }) }];
  const without = { fromMs: undefined, toMs: undefined };
  for (const [atMs, reason] of [
    [beginMs - 60_000, 'before_log'],
    [beginMs + 300_000, 'session_without_line'],
    [beginMs + 590_000, 'line_may_follow'],
    [beginMs + 660_000, 'after_log'],
  ] as const) {
    assert.deepEqual([...(await compare(t, [at(atMs), ...logged], without)).counts], [[reason, 1]]);
  }
  const period = { fromMs: beginMs, toMs: beginMs + 595_000 };
  assert.deepEqual(
    [...(await compare(t, [at(beginMs + 590_000), ...logged], period)).counts.keys()],
    ['session_without_line'],
  );
  const unknown = [{ ...calls.closed(0), records: [] }, ...logged];
  assert.deepEqual(
    [...(await compare(t, unknown, { ...period, fromMs: beginMs + 10 })).counts.keys()],
    ['outside_period'],
  );
});

test('rotated logs, gzip or not, in any order, are one log', async (t) => {
  const folder = logFolder(t);
  const all = make([...kinds, ...kinds, 'closed']);
  const texts = [all.slice(20), all.slice(0, 10), all.slice(10, 20)].map((part) =>
    logText(part.map(({ line }) => line)),
  );
  const files = texts.map((text, index) => {
    const file = join(folder, `access.log.${index}`);
    writeFileSync(file, index === 0 ? text : gzipSync(text));
    return file;
  });
  const { differences, requests } = await compareLogs(files, ledgerOf(all.flatMap(({ records }) => records)));
  assert.deepEqual([differences, requests], [[], all.length]);
});

test('lines that are torn, empty, or no JSON are told by file and line; one that was written on behind a torn one counts', async (t) => {
  const file = join(logFolder(t), 'access.log');
  const all = make(['closed', 'closed', 'closed']);
  const [first = '', second = '', third = ''] = all.map(({ line }) => logText([line]));
  writeFileSync(file, `${first.slice(0, 50)}${first}\n{"time":\n${second}\0\0\0\n${third.trimEnd()}`);
  const { differences, requests } = await compareLogs([file], ledgerOf(all.flatMap(({ records }) => records)));
  assert.equal(requests, 3);
  assert.deepEqual(
    differences.map(({ reason, line }) => [reason, line]),
    [1, 2, 3, 5].map((number) => ['line_unreadable', `access.log:${number}`]),
  );
});

test('a line without end is told once and skipped; so is a gzip that was cut off', async (t) => {
  const folder = logFolder(t);
  const [plain, packed] = [join(folder, 'plain'), join(folder, 'packed.gz')];
  const all = make(['closed', 'closed']);
  const [first = '', second = ''] = all.map(({ line }) => logText([line]));
  writeFileSync(plain, first);
  appendFileSync(plain, `${'x'.repeat(3 * 1024 * 1024)}\n${second}`);
  const records = all.flatMap(({ records }) => records);
  const long = await compareLogs([plain], ledgerOf(records));
  assert.deepEqual(
    long.differences.map(({ line, detail }) => [line, detail]),
    [['plain:2', 'too_long']],
  );
  const bytes = gzipSync(first + second);
  writeFileSync(packed, bytes.subarray(0, bytes.length - 12));
  const cut = await compareLogs([packed], ledgerOf(records));
  assert.equal(cut.differences[0]?.reason, 'line_unreadable');
  assert.match(cut.differences[0]?.detail ?? '', /unexpected end of file/);
});
