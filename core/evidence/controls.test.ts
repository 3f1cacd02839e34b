import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlsPart, type EvidenceCounts } from './controls.ts';
import { partIds } from './report.ts';

const counts: EvidenceCounts = {
  ledgers: 2,
  records: 100,
  checkpoints: 4,
  findings: 0,
  gaps: 0,
  degraded: 0,
  pinnedKeys: 1,
  anchoredLedgers: 2,
  sessions: 30,
  denied: 3,
  callers: 4,
  strangers: 1,
  endpoints: 2,
  countedRefusals: 0,
  maskedValues: 12,
  sealedSessions: 20,
  truncatedBodies: 0,
  approved: 2,
  violations: 0,
  policyChanges: 1,
  revealed: 0,
  retentionClasses: 1,
  holds: 0,
  shredded: 0,
  sampled: 5,
  sampledProven: 5,
  reconciled: { requests: 30, unexplained: 0 },
};

const rowsOf = (of: EvidenceCounts, table: 'controls' | 'not_covered') =>
  [
    ...(controlsPart(of)
      .tables.find(({ name }) => name === table)
      ?.rows() ?? []),
  ].map((row) => row.map(String));

const coverageOf = (of: EvidenceCounts, reference: string): string | undefined =>
  rowsOf(of, 'controls').find((row) => row[1]?.startsWith(reference))?.[3];

test('it says that it satisfies no standard by itself, and never cites guidance that was rescinded', () => {
  const part = controlsPart(counts);
  assert.match(part.text.join(' '), /does not, by itself, satisfy any standard/);
  const all = JSON.stringify([part, rowsOf(counts, 'controls'), rowsOf(counts, 'not_covered')]);
  assert.doesNotMatch(all, /11-7|certified by/);
});

test('every control leads to a part of the report, and says what it has no evidence for', () => {
  const links = new Set(partIds.map((id) => `#${id}`));
  for (const [source, reference, asks, coverage, evidence, why, see, also] of rowsOf(counts, 'controls')) {
    assert.ok(source && reference && asks && evidence && why);
    assert.match(coverage ?? '', /^(covered|partly|not covered)$/);
    assert.ok(links.has(see ?? ''), reference);
    assert.ok(also === 'undefined' || links.has(also ?? ''), reference);
  }
});

test('what rests on an anchor, a pinned key or the access log is not covered without it', () => {
  assert.equal(coverageOf(counts, 'AU-12'), 'covered');
  assert.equal(coverageOf({ ...counts, reconciled: undefined }, 'AU-12'), 'partly');
  assert.equal(coverageOf({ ...counts, reconciled: { requests: 30, unexplained: 1 } }, 'AU-12'), 'partly');
  const anchor = 'Write-once anchor';
  assert.equal(coverageOf(counts, anchor), 'covered');
  assert.equal(coverageOf({ ...counts, anchoredLedgers: undefined }, anchor), 'not covered');
  assert.equal(coverageOf({ ...counts, pinnedKeys: 0 }, anchor), 'partly');
  assert.equal(coverageOf({ ...counts, findings: 1 }, anchor), 'partly');
  assert.equal(coverageOf({ ...counts, sealedSessions: 0 }, '12 CFR 1002.12'), 'not covered');
});
