import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toBase64Url } from '../base64.ts';
import { leafOf } from './chain.ts';
import { exitCodeOf } from './findings.ts';
import { testHash as hash } from './hash.testing.ts';
import { OpenSessions } from './open-sessions.ts';
import type { LedgerRow } from './row.ts';
import { buildRow, buildRows, closed, opened, session } from './test/build-rows.ts';
import { appendLeaves, emptyTree, rootOf } from './tree/compact-tree.ts';
import { clean, drafts, firstId, found, ledger, replaced, rewritten, verify } from './verify.testing.ts';

const tree = appendLeaves(
  hash,
  emptyTree,
  clean.map(({ leaf }) => leaf),
);

test('a ledger as it was written has no findings, and adds up to its size, its end and its root', () => {
  const { findings, records, closed: isClosed, root, opening } = verify(clean);
  assert.deepEqual(findings, []);
  assert.equal(records, drafts.length);
  assert.equal(isClosed, true);
  assert.equal(root, toBase64Url(rootOf(hash, tree)));
  assert.equal(opening?.previous, null);
});

test('an altered record is found at its place, once', () => {
  assert.deepEqual(found(rewritten(3, 'completed', 'comPleted', false)), ['leaf_differs@3']);
});

test('an altered record with a new leaf is found by the record after it', () => {
  assert.deepEqual(found(rewritten(3, 'completed', 'comPleted', true)), ['prev_differs@4']);
});

test('an altered leaf is found', () => {
  assert.deepEqual(found(replaced(3, (row) => ({ ...row, leaf: new Uint8Array(32) }))), ['leaf_differs@3']);
});

test('a record taken out is a gap at its place, and nothing else', () => {
  for (const { seq } of clean.slice(0, -1)) {
    assert.deepEqual(found(replaced(seq, () => undefined)), [`records_missing@${seq}`], String(seq));
  }
});

test('several records taken out are one gap', () => {
  const { findings } = verify(clean.filter(({ seq }) => seq < 2 || seq > 4));
  assert.deepEqual(findings, [{ ledger, seq: 2, reason: 'records_missing', detail: 'to 4' }]);
});

test('two records swapped are reordered, not missing', () => {
  const swapped = clean.toSpliced(3, 2, ...clean.slice(3, 5).reverse());
  assert.deepEqual(found(swapped), ['reordered@3']);
});

test('a record written twice is a fork', () => {
  const twice = [...clean, ...clean.slice(3, 4)];
  assert.deepEqual(found(twice), ['repeated_seq@3']);
  assert.equal(exitCodeOf(verify(twice).findings), 12);
});

test('two records at one place are a fork, whichever of them the ledger goes on from', () => {
  const other = buildRow(
    hash,
    { ledger, prev: toBase64Url(clean[2]?.leaf ?? hash.sha256()), pseq: 1, seq: 3 },
    {
      ...session('session.closed', firstId, { outcome: 'cut' }),
    },
  );
  assert.deepEqual(found(clean.toSpliced(4, 0, other)), ['repeated_seq@3']);
  assert.deepEqual(found(clean.toSpliced(3, 0, other)), ['repeated_seq@3']);
});

for (const [what, from, to, reasons] of [
  ['seq', '"seq":3', '"seq":5', ['column_differs@3', 'prev_differs@4', 'seq_differs@3']],
  ['seq, lowered', '"seq":3', '"seq":1', ['column_differs@3', 'prev_differs@4', 'seq_differs@3']],
  ['pseq', '"pseq":1', '"pseq":7', ['column_differs@3', 'prev_differs@4', 'pseq_differs@3']],
  ['prev', '"prev":"', '"prev":"A', ['prev_differs@3', 'prev_differs@4']],
  ['ledger', '"ledger":"proc', '"ledger":"prod', ['prev_differs@4', 'wrong_ledger@3']],
  ['type', 'session.closed', 'session.denied', ['column_differs@3', 'prev_differs@4']],
  ['time', '03:04:05', '03:04:06', ['column_differs@3', 'prev_differs@4']],
  ['session', firstId, '01M83J0V1F0000000000000009', ['column_differs@3', 'prev_differs@4']],
  ['version', '"v":1', '"v":2', ['not_a_record@3', 'prev_differs@4']],
  ['an unknown type', 'session.closed', 'session.lost', ['not_a_record@3', 'prev_differs@4']],
  ['a member added', ',"v":1}', ',"v":1,"w":1}', ['not_a_record@3', 'prev_differs@4']],
  ['white space', '{"chain"', '{ "chain"', ['not_canonical@3', 'prev_differs@4']],
  ['a duplicate key', '"v":1}', '"v":1,"v":1}', ['not_canonical@3', 'prev_differs@4']],
  ['a float', '"seq":3', '"seq":3.0', ['not_canonical@3', 'prev_differs@4']],
  ['cut JSON', '"v":1}', '"v":1', ['not_json@3', 'prev_differs@4']],
  ['a byte order mark', '{"chain"', '\ufeff{"chain"', ['not_json@3', 'prev_differs@4']],
] as const) {
  test(`${what}: altered together with the leaf, and still found`, () => {
    assert.deepEqual(found(rewritten(3, from, to, true)).toSorted(), reasons);
  });
}

test('bytes that are not UTF-8 are found', () => {
  const value = Uint8Array.of(0x7b, 0xff, 0x7d);
  const rows = replaced(3, (row) => ({ ...row, value, leaf: leafOf(hash, value) }));
  assert.deepEqual(found(rows).toSorted(), ['not_utf8@3', 'prev_differs@4']);
});

for (const column of ['seq', 'type', 'session', 'time', 'topic', 'partition', 'pseq'] as const) {
  test(`the column ${column} is compared with the record and weighs less than it`, () => {
    for (const wrong of [null, 'x', 99]) {
      const { findings } = verify(replaced(3, (row) => ({ ...row, [column]: wrong })));
      assert.deepEqual(findings, [{ ledger, seq: 3, reason: 'column_differs', detail: column }]);
    }
  });
}

test('a value or leaf that is no blob is found', () => {
  assert.ok(found(replaced(3, (row) => ({ ...row, value: 'text' }))).includes('leaf_differs@3'));
  assert.ok(found(replaced(3, (row) => ({ ...row, leaf: null }))).includes('leaf_differs@3'));
});

test('a record after the end is found', () => {
  assert.deepEqual(found(buildRows(hash, ledger, [...drafts, closed])), ['record_after_close@7']);
});

test('a ledger that does not begin with its opening is found', () => {
  assert.deepEqual(found(buildRows(hash, ledger, drafts.slice(1))), ['no_opening@0']);
});

test('no record at all is a gap', () => {
  assert.deepEqual(found([]), ['no_records@']);
});

test('a session without an end is left open, one of an earlier ledger is closed here', () => {
  const sessions = new OpenSessions();
  sessions.see({ type: 'session.opened', session: 'before' }, 'proc-service/p1/0', 4);
  const rows = buildRows(hash, ledger, [
    opened(null),
    session('session.aborted', 'before'),
    session('session.held', 'here'),
  ]);
  verify(rows, sessions);
  assert.deepEqual([...sessions], [{ session: 'here', ledger, seq: 2 }]);
});

test('no flood of one kind hides another, and it is counted', () => {
  const rows: LedgerRow[] = buildRows(hash, ledger, [
    opened(null),
    ...Array.from({ length: 200 }, (_, index) => session('session.denied', String(index))),
    closed,
  ]).map((row) => ({ ...row, time: 'x' }));
  const { findings, moreFindings } = verify([...rows, ...rows.slice(5, 6)]);
  assert.equal(exitCodeOf(findings), 12);
  assert.ok(findings.length < 50);
  assert.ok(moreFindings > 150);
});

const history = fc
  .array(fc.constantFrom('session.opened', 'session.closed', 'payload.part', 'approval.decided', 'policy.loaded'), {
    minLength: 2,
    maxLength: 30,
  })
  .map((types) =>
    buildRows(hash, ledger, [
      opened(null),
      ...types.map((type, index) => session(type, `s${index % 3}`, { n: index, text: 'ä'.repeat(index) })),
      closed,
    ]),
  );

test('whatever was written as it should be has no findings', () => {
  fc.assert(fc.property(history, (rows) => assert.deepEqual(verify(rows).findings, [])));
});

test('any bit of any record that flips is found at its place', () => {
  fc.assert(
    fc.property(history, fc.nat(), fc.nat(), fc.nat(7), (rows, row, byte, bit) => {
      const victim = rows[row % rows.length];
      assert.ok(victim);
      const value = victim.value.slice();
      const at = byte % value.length;
      value[at] = (value[at] ?? 0) ^ (1 << bit);
      const altered = rows.map((each) => (each === victim ? { ...each, value } : each));
      const { findings } = verify(altered);
      assert.equal(exitCodeOf(findings), 10);
      assert.equal(findings[0]?.seq, victim.seq);
    }),
  );
});

test('any records taken out before the last are gaps with exactly their places', () => {
  fc.assert(
    fc.property(history, fc.infiniteStream(fc.boolean()), (rows, stream) => {
      const kept = rows.filter(({ seq }) => seq === rows.length - 1 || stream.next().value);
      const { findings } = verify(kept);
      assert.ok(findings.every(({ reason }) => reason === 'records_missing'));
      const missing = findings.flatMap(({ seq = 0, detail = '' }) => {
        const last = Number(detail.slice('to '.length));
        return Array.from({ length: last - seq + 1 }, (_, index) => seq + index);
      });
      const places = new Set(kept.map(({ seq }) => seq));
      assert.deepEqual(
        missing,
        rows.map(({ seq }) => seq).filter((seq) => !places.has(seq)),
      );
    }),
  );
});

test('any order but the written one is found', () => {
  fc.assert(
    fc.property(history, fc.nat(), fc.nat(), (rows, from, to) => {
      const a = from % rows.length;
      const b = to % rows.length;
      fc.pre(a !== b);
      const moved = rows.toSpliced(a, 1).toSpliced(b, 0, ...rows.slice(a, a + 1));
      assert.equal(exitCodeOf(verify(moved).findings), 10);
    }),
  );
});
