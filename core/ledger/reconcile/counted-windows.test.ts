import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { runs } from '../../masking/seeded-runs.testing.ts';
import { CountedWindows } from './counted-windows.ts';
import type { CountedRefusals } from './ledger-sessions.ts';

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const beginMs = Date.UTC(2026, 0, 2);

function sessionAt(atMs: number): string {
  let time = '';
  for (let rest = beginMs + atMs; time.length < 10; rest = Math.floor(rest / 32)) {
    time = crockford.charAt(rest % 32) + time;
  }
  return `${time}0000000000000000`;
}

function windowOf(
  startMs: number,
  count: number | undefined,
  source: string | undefined,
  lastsMs = 10_000,
): CountedRefusals {
  return { startMs: beginMs + startMs, endMs: beginMs + startMs + lastsMs, source, count, ledger: 0, seq: startMs };
}

function walk(counted: readonly CountedRefusals[], refused: readonly (readonly [atMs: number, source: string])[]) {
  const left: [number, number][] = [];
  const windows = new CountedWindows(counted, ({ seq }, count) => left.push([seq, count]));
  const taken = refused.map(([atMs, source]) => windows.take(sessionAt(atMs), source));
  windows.end();
  return { taken, left };
}

test('by source and time: elsewhere and at another time nothing is explained', () => {
  const { taken, left } = walk(
    [windowOf(60_000, 2, '10.0.0.1')],
    [
      [0, '10.0.0.1'],
      [61_000, '10.0.0.2'],
      [62_000, '10.0.0.1'],
      [71_000, '10.0.0.1'],
    ],
  );
  assert.deepEqual(taken, [undefined, undefined, 'counted', undefined]);
  assert.deepEqual(left, [[60_000, 1]]);
});

test('of IPv6 a source is its /64; of several sources it is any', () => {
  const own = windowOf(0, 1, '2001:db8:0:1::');
  assert.deepEqual(walk([own], [[1, '2001:db8:0:1:aa::7']]).taken, ['counted']);
  assert.deepEqual(walk([own], [[1, '2001:db8:0:2:aa::7']]).taken, [undefined]);
  assert.deepEqual(walk([windowOf(0, 1, undefined)], [[1, '10.9.9.9']]).taken, ['counted']);
});

test('where the count was lost it explains any number, but only what no count does', () => {
  const { taken, left } = walk(
    [windowOf(0, undefined, undefined), windowOf(1, 1, '10.0.0.1')],
    [
      [10, '10.0.0.1'],
      [11, '10.0.0.1'],
      [12, '10.0.0.1'],
    ],
  );
  assert.deepEqual([taken, left], [['counted', 'count_lost', 'count_lost'], []]);
});

test('whatever was counted in windows one after the other: each refusal is explained, each count is used up', (t) => {
  const refusal = fc.record({ atMs: fc.nat({ max: 60_000 }), source: fc.constantFrom('10.0.0.1', '10.0.0.2') });
  fc.assert(
    fc.property(fc.array(refusal, { maxLength: 60 }), (unsorted) => {
      const refusals = unsorted.toSorted((a, b) => a.atMs - b.atMs);
      const counted = [
        ...Map.groupBy(refusals, ({ atMs, source }) => `${Math.floor(atMs / 10_000)} ${source}`).values(),
      ].map((group) => {
        const [first, last] = [group[0]?.atMs ?? 0, group.at(-1)?.atMs ?? 0];
        return windowOf(first, group.length, group[0]?.source, last - first);
      });
      const sorted = counted.toSorted((a, b) => a.startMs - b.startMs);
      const { taken, left } = walk(
        sorted,
        refusals.map(({ atMs, source }) => [atMs, source]),
      );
      assert.deepEqual([new Set(taken), left], [new Set(refusals.length === 0 ? [] : ['counted']), []]);
    }),
    runs(t, 200),
  );
});
