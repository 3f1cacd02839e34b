import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endedParts, growthOf, type MemorySample } from './memory.ts';
import { findingsOf, type SoakOutcome } from './run.ts';
import { reasonOf } from './server-errors.ts';

const samples = (seconds: number, procMiB: (at: number) => number): MemorySample[] =>
  Array.from({ length: seconds }, (_, at) => ({
    seconds: at + 1,
    residentMiB: { envoy: 70, authz: 170, proc: procMiB(at + 1) },
  }));

const well: SoakOutcome = {
  load: { elapsedMs: 1_000, completed: 3, events: 0, calls: [], errors: [] },
  reasons: [],
  trail: { records: 9, ended: 3, unended: 0, endedTwice: 0, ends: { 'session.closed': 3 } },
  envoyCompleted: 3,
  growth: growthOf(samples(300, () => 200)),
  died: [],
};

test('memory is compared between the second minute and the last; the first is for pools to fill', () => {
  const growth = growthOf(samples(300, (at) => (at < 60 ? at : 200 + at / 100)));
  const proc = growth?.find(({ part }) => part === 'proc');
  assert.ok(proc !== undefined && proc.share > 0 && proc.share < 0.05);
});

test('of less than three minutes nothing is said about growth', () => {
  assert.equal(growthOf(samples(179, () => 200)), undefined);
  assert.equal(growthOf([]), undefined);
});

test('a process that is there in the first sample and not in the last has ended', () => {
  const rest = { seconds: 301, residentMiB: { envoy: 70, authz: 170 } };
  assert.deepEqual(endedParts([...samples(300, () => 200), rest]), ['proc']);
  assert.deepEqual(endedParts(samples(300, () => 200)), []);
});

test('only 5xx have a reason, and a line that was cut off has none', () => {
  const logged = (status: number): string => JSON.stringify({ status, details: 'ext_proc_error', flags: 'UF' });
  assert.equal(reasonOf(logged(500)), '500 ext_proc_error (UF)');
  assert.equal(reasonOf(logged(409)), undefined);
  assert.equal(reasonOf(logged(500).slice(0, 20)), undefined);
});

test('a run in which all is as it must be has no finding', () => {
  assert.deepEqual(findingsOf(well), []);
});

const findings: readonly (readonly [string, Partial<SoakOutcome>, RegExp])[] = [
  [
    'an answer that was not the expected one',
    { load: { ...well.load, errors: [['4k: status 500', 2]] } },
    /2 × 4k: status 500/,
  ],
  [
    'a call that Envoy completed and no record ends',
    { envoyCompleted: 4 },
    /3 sessions have one end, Envoy completed 4/,
  ],
  ['a 5xx, with what Envoy logged of it', { reasons: [['503 ext_authz_error (UF)', 2]] }, /2 × 503 ext_authz_error/],
  ['a process that did not survive', { died: ['proc'] }, /proc has ended/],
  ['a session without an end', { trail: { ...well.trail, unended: 1 } }, /1 sessions have no end/],
  ['a session that ended twice', { trail: { ...well.trail, endedTwice: 1 } }, /1 sessions have several ends/],
  ['a process that grew by more than 5 %', { growth: growthOf(samples(300, (at) => 200 + at)) }, /proc has grown by/],
];
for (const [name, change, expected] of findings) {
  test(`a finding: ${name}`, () => {
    const found = findingsOf({ ...well, ...change });
    assert.equal(found.length, 1);
    assert.match(found[0] ?? '', expected);
  });
}
