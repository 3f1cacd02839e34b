import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, judgedTarget } from './budgets.ts';
import type { Round } from './round.ts';
import { summarise } from './summary.ts';

function round(target: string, number: number, serverMicros: number): Round {
  return {
    case: '4k-c16',
    target,
    round: number,
    completed: 1_000,
    units: 1_000,
    perSecond: 500,
    p50Ms: 2,
    p99Ms: 9,
    errors: [],
    cpuMicros: { envoy: 300, authz: serverMicros / 4, proc: (serverMicros * 3) / 4 },
    threadMicros: { proc: { MainThread: serverMicros / 2, WorkerThread: serverMicros / 4 } },
    serverMicros,
    residentBytesBefore: {},
    residentBytesAfter: { proc: 200 << 20 },
    load1: 1,
    foreignShare: 0.1,
  };
}

test('a ratio is taken within a round: what a busy minute does to both does not show in it', () => {
  const rounds = [round('no-op', 1, 400), round('ours', 1, 300), round('ours', 2, 900), round('no-op', 2, 1_200)];
  const line = summarise(rounds).find((each) => each.target === 'ours');
  assert.deepEqual(line?.ratio, { median: 0.75, min: 0.75, max: 0.75 });
  assert.deepEqual(line?.serverMicros, { median: 600, min: 300, max: 900 });
  assert.equal(line?.residentMiB.proc, 200);
  assert.deepEqual(line?.threadMicros, { proc: { MainThread: 300, WorkerThread: 150 } });
});

test('without a yardstick in the same round, or without servers, there is no ratio', () => {
  const lines = summarise([round('ours', 1, 300), round('no-op', 2, 400), round('envoy', 2, 0)]);
  assert.equal(lines.find((each) => each.target === 'ours')?.ratio, undefined);
  assert.equal(lines.find((each) => each.target === 'envoy')?.ratio, undefined);
});

test('a budget is judged by the median, at the limit it is held, and only of what was measured', () => {
  const rounds = [1, 2, 3].flatMap((number) => [
    round('no-op', number, 400),
    round(judgedTarget, number, 300 + number * 50),
  ]);
  const [verdict, ...others] = judge(summarise(rounds));
  assert.equal(verdict?.held, true);
  assert.equal(verdict?.measured.median, 1);
  assert.deepEqual(others, []);
});
