import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../calls/cases.ts';
import type { Line } from '../calls/summary.ts';
import { ledgerChart } from '../ledger/chart.ts';
import type { Machine } from '../measure/machine.ts';
import { cpuChart } from './cpu-chart.ts';
import { memoryChart } from './memory-chart.ts';
import { axisSteps } from './svg.ts';

const machine: Machine = {
  cores: 2,
  model: 'A <fast> & "cheap" one',
  memoryMiB: 4096,
  kernel: '6.1',
  filesystem: 'ext4',
  node: '24.0.0',
  envoy: '1.40.0',
  commit: 'abc',
};
const one = { median: 1, min: 0.9, max: 1.1 };
const lines: readonly Line[] = [
  {
    case: '4k-c16',
    target: 'envoy',
    perSecond: 9_000,
    p50Ms: 1,
    p99Ms: 5,
    cpuMicros: { envoy: 100 },
    threadMicros: {},
    serverMicros: { median: 0, min: 0, max: 0 },
    residentMiB: { envoy: 66 },
  },
  {
    case: '4k-c16',
    target: 'no-op',
    perSecond: 1_500,
    p50Ms: 8,
    p99Ms: 25,
    cpuMicros: { envoy: 350, authz: 140, proc: 270 },
    threadMicros: {},
    serverMicros: { median: 410, min: 380, max: 440 },
    ratio: one,
    residentMiB: { envoy: 69, authz: 170, proc: 175 },
  },
];

/** Well-formed enough for any reader: every element is closed in order, and nothing is left open. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, closing, name = '', selfClosing] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (closing === '/') assert.equal(open.pop(), name);
    else if (selfClosing !== '/') open.push(name);
  }
  assert.deepEqual(open, []);
  assert.doesNotMatch(svg.replaceAll(/&(amp|lt|gt|quot);/g, ''), /&|NaN|undefined|Infinity/);
}

test('the chart of CPU shows each target, its ratio, and nothing that a reader would have to fetch', () => {
  const svg = cpuChart({ cases, lines, machine, rounds: 5, foreignShare: 0.1 });
  assertWellFormed(svg);
  assert.match(svg, /410 µs · 1\.00 × no-op \(0\.90–1\.10\)/);
  assert.doesNotMatch(svg, /<script|href|url\(|@import/);
});

test('the chart of memory draws a line for each process', () => {
  const samples = [1, 2, 3].map((seconds) => ({
    seconds,
    residentMiB: { envoy: 70, authz: 170, proc: 180 + seconds },
  }));
  const svg = memoryChart('a soak', samples, machine);
  assertWellFormed(svg);
  assert.equal([...svg.matchAll(/<polyline/g)].length, 3);
});

test('the chart of the ledger shows each number of writers, and the budgets', () => {
  const appends = [1, 256].map((writers) => ({
    writers,
    perSecond: 1200 * writers,
    p50Ms: 1,
    p99Ms: 2.5,
    callerMicros: 50,
    bytes: 2048,
  }));
  const verified = { records: 9, bytes: 1800, perSecond: one, cpuMicros: one };
  const svg = ledgerChart({ appends, verified, sealed: [{ record: 'part', bytes: 9, micros: one }], machine });
  assertWellFormed(svg);
  assert.match(svg, /307,200 a second · p50 1\.0 ms, p99 2\.5 ms/);
  assert.equal([...svg.matchAll(/<line /g)].length, 2);
});

test('a chart of a run that was too short for a sample is still a chart', () => {
  assertWellFormed(memoryChart('nothing', [], machine));
});

test('an axis has a handful of round steps', () => {
  assert.deepEqual(axisSteps(410), [0, 100, 200, 300, 400]);
  assert.deepEqual(axisSteps(12), [0, 5, 10]);
  assert.deepEqual(axisSteps(0), [0]);
});
