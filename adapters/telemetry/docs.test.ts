import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { phases } from '@countersign/core/exchange/phases.ts';
import { Readiness } from '../process/readiness.ts';
import { checkMetrics } from './check-metrics.ts';
import { exchangeMetrics } from './exchange-metrics.ts';
import { Metrics } from './metrics.ts';
import { deliveryMetrics, ledgerMetrics, policyMetrics, tlsMetrics } from './process-metrics.ts';

const docs = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

function ofProcess(): Metrics {
  const metrics = new Metrics('1');
  policyMetrics(metrics);
  ledgerMetrics(metrics).watch({ file: '/none', state: () => 'writing' });
  deliveryMetrics(metrics, () => 0);
  tlsMetrics(metrics);
  new Readiness({}, {}, metrics);
  return metrics;
}
const authz = ofProcess();
checkMetrics(authz, { jwksAgeSeconds: () => new Map() });
const proc = ofProcess();
exchangeMetrics(proc, { requestBytes: () => 0, spilledBytes: () => 0 });

test('docs/metrics.md has every metric, and no other', () => {
  const written = [...docs.matchAll(/^\| `(countersign_\w+)` \|/gm)].map(([, name]) => name).toSorted();
  const made = [...new Set([...authz.names(), ...proc.names()])].toSorted();
  assert.deepEqual(written, made);
});

test('docs/metrics.md has every phase, in their order', () => {
  const [, table = ''] = /^\| phase \|.*\n\|.*\n((?:\|.*\n)+)/m.exec(docs) ?? [];
  assert.deepEqual(
    [...table.matchAll(/^\| `(\w+)` /gm)].map(([, phase]) => phase),
    phases,
  );
});

test('names have base units, and say what a counter is', async () => {
  for (const text of [await authz.text(), await proc.text()]) {
    for (const [, name = '', type] of text.matchAll(/^# TYPE (countersign_\S+) (\S+)$/gm)) {
      assert.equal(name.endsWith('_total'), type === 'counter', name);
      assert.doesNotMatch(name, /_(ms|millis|milliseconds|kb|mb|minutes)(_|$)/);
    }
  }
});
