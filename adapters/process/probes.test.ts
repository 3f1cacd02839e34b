import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Metrics } from '../telemetry/metrics.ts';
import { openProbes } from './probes.ts';
import { Readiness } from './readiness.ts';

function sources() {
  const holds = { disk: true, store: true };
  const metrics = new Metrics('1.2.3');
  const readiness = new Readiness({ disk: () => holds.disk }, { store: () => holds.store }, metrics);
  return { holds, metrics, readiness };
}

async function stage(t: TestContext) {
  const staged = sources();
  const probes = await openProbes('127.0.0.1:0', 'owner', staged);
  t.after(() => probes.close());
  const get = (path: string, init?: RequestInit) => fetch(`http://${probes.listen}${path}`, init);
  const ready = async (): Promise<unknown> => {
    const answer = await get('/readyz');
    return [answer.status, await answer.json()];
  };
  return { ...staged, get, ready };
}

test('not ready until it serves, nor once it drains', async (t) => {
  const { readiness, ready } = await stage(t);
  assert.deepEqual(await ready(), [503, { ready: false, reasons: ['starting'], degraded: [] }]);
  readiness.serving();
  assert.deepEqual(await ready(), [200, { ready: true, reasons: [], degraded: [] }]);
  readiness.draining();
  assert.deepEqual(await ready(), [503, { ready: false, reasons: ['draining'], degraded: [] }]);
  readiness.serving();
  assert.deepEqual(await ready(), [503, { ready: false, reasons: ['draining'], degraded: [] }]);
});

test('a condition that does not hold is named; one that only some calls need does not count', async (t) => {
  const { holds, readiness, ready, get } = await stage(t);
  readiness.serving();
  holds.store = false;
  assert.deepEqual(await ready(), [200, { ready: true, reasons: [], degraded: ['not_store'] }]);
  holds.disk = false;
  assert.deepEqual(await ready(), [503, { ready: false, reasons: ['not_disk'], degraded: ['not_store'] }]);
  const text = await (await get('/metrics')).text();
  assert.match(text, /^countersign_ready 0$/m);
  assert.match(text, /^countersign_condition\{condition="disk"\} 0$/m);
});

test('alive, whatever else; metrics in the text format; nothing else is there', async (t) => {
  const { get } = await stage(t);
  assert.equal((await get('/healthz')).status, 200);
  const metrics = await get('/metrics');
  assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  const text = await metrics.text();
  assert.match(text, /^countersign_build_info\{version="1\.2\.3"\} 1$/m);
  assert.match(text, /^nodejs_eventloop_lag_p99_seconds /m);
  assert.match(text, /^process_resident_memory_bytes /m);
  assert.equal((await get('/metrics/x')).status, 404);
  assert.equal((await get('/healthz', { method: 'POST' })).status, 405);
});

test('on a Unix socket, which goes at the end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-probes-'));
  try {
    const socketPath = join(folder, 'm.sock');
    const probes = await openProbes(`unix:${socketPath}`, 'group', sources());
    const status = await new Promise((resolve) =>
      request({ socketPath, path: '/healthz' }, (response) => resolve(response.resume().statusCode)).end(),
    );
    assert.equal(status, 200);
    await probes.close();
    assert.equal(existsSync(socketPath), false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

for (const listen of ['0.0.0.0:0', '[::]:0', 'bank.test:1', 'nothing'])
  test(`${listen} is refused: what it says is for this machine`, async () => {
    await assert.rejects(openProbes(listen, 'owner', sources()), /on loopback, or unix:/);
  });
