/** What Envoy, a supervisor and Prometheus are told by real processes, while what they need comes and goes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { readyz, sample } from './harness/probe.ts';
import { readyLine, type Started, start, until } from './harness/processes.ts';

const withProbes = { policy: assistantPolicy, serviceArguments: ['--metrics', '127.0.0.1:0'] } as const;
const root = fileURLToPath(new URL('../../', import.meta.url));
const unready = (...reasons: string[]) => ({ status: 503, reasons, degraded: [] });
const ready = { status: 200, reasons: [], degraded: [] };

const procOf = ({ procs }: Gateway): Started => procs[0] ?? assert.fail();
const isServing = async (gateway: Gateway, cluster: string): Promise<boolean> =>
  (await gateway.stat(`cluster.${cluster}.membership_healthy`)) === 1;

let shared: Gateway;
before(async () => {
  shared = await startTestGateway(withProbes);
});
after(() => shared.stop());

test('a call is in the metrics of every part it went through', async () => {
  const gateway = shared;
  const token = await gateway.issuer.token('ana', ['analysts']);
  gateway.model.answer = (_, response) => void response.end('SSN 536-22-8726');
  for (const by of [token, token, 'nobody'])
    await call({ port: gateway.port, path: '/text/a', token: by, body: 'SSN 536-22-8726' });
  const [authz, proc] = [gateway.authz.probes(), procOf(gateway).probes()];
  assert.deepEqual([await readyz(authz), await readyz(proc)], [ready, ready]);

  const expected: Record<string, readonly [string, number][]> = {
    [authz]: [
      ['countersign_check_duration_seconds_count{outcome="passed"}', 2],
      ['countersign_check_duration_seconds_count{outcome="refused"}', 1],
      ['countersign_refusals_total{code="ERR_CREDENTIAL"}', 1],
      ['countersign_token_cache_total{result="miss"}', 2],
      ['countersign_token_cache_total{result="hit"}', 1],
    ],
    [proc]: [
      ['countersign_exchange_duration_seconds_count{endpoint="plain",outcome="completed"}', 2],
      ['countersign_masked_values_total{direction="response",entity="us_ssn"}', 2],
      ['countersign_masked_values_total{direction="request",entity="us_ssn"}', 2],
      ['countersign_exchange_phase_duration_seconds_count{phase="hold"}', 0],
      ['countersign_exchanges', 0],
      ['countersign_held_back_bytes', 0],
      ['countersign_request_memory_bytes', 0],
      ['countersign_ledger_state{state="writing"}', 1],
      ['countersign_ledger_waiting_records', 0],
      ...['collect', 'decide', 'record_open', 'forward', 'model', 'relay', 'record_close'].map(
        (phase): [string, number] => [`countersign_exchange_phase_duration_seconds_count{phase="${phase}"}`, 2],
      ),
    ],
  };
  for (const [base, samples] of Object.entries(expected))
    for (const [name, value] of samples) assert.equal(await sample(base, name), value, name);
  assert.ok((await sample(proc, 'countersign_ledger_file_bytes')) > 0);
});

test('SIGTERM: not ready at once, while calls are still taken', async (t) => {
  const gateway = await startTestGateway({ ...withProbes, drainDelaySeconds: 4 });
  t.after(() => gateway.stop());
  const proc = procOf(gateway);
  const token = await gateway.issuer.token('ana', ['analysts']);
  const ended = once(proc.child, 'exit');
  proc.child.kill('SIGTERM');
  await until('it says that it drains', async () => (await readyz(proc.probes())).status === 503);
  assert.deepEqual(await readyz(proc.probes()), unready('draining'));
  assert.equal((await call({ port: gateway.port, path: '/text/a', token, body: 'x' })).status, 200);
  await until('Envoy has heard', async () => !(await isServing(gateway, 'countersign-proc')));
  await ended;
});

test('an authz-service that could not fetch keys yet does not serve; it does as soon as it has them', async (t) => {
  const gateway = shared;
  // The same configuration, with a provider that is not there yet.
  const keys = createServer((request, response) => {
    const document = request.url === '/jwks' ? { keys: [] } : { issuer, jwks_uri: `${issuer}/jwks` };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  });
  await once(keys.listen(0, '127.0.0.1'), 'listening');
  const address = keys.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const issuer = `http://127.0.0.1:${port}`;
  keys.close();
  const file = join(gateway.directory, 'countersign.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(gateway.issuer.issuer, issuer));
  const authz = start(process.execPath, [
    ...[join(root, 'authz-service', 'main.ts'), '--config', gateway.directory, '--replica', 'late'],
    ...['--metrics', '127.0.0.1:0', '--drain-delay', '0'],
  ]);
  t.after(() => authz.end('SIGTERM'));
  await readyLine(authz);
  const waiting = { ...unready('starting', 'not_issuer_keys_loaded'), degraded: ['not_issuer_keys_fresh'] };
  assert.deepEqual(await readyz(authz.probes()), waiting);
  keys.listen(port, '127.0.0.1');
  t.after(() => keys.close().closeAllConnections());
  await until('it has fetched them', async () => (await readyz(authz.probes())).status === 200);
});

test('an approval store that is lost: said, and what nobody has to approve is served', async () => {
  const gateway = shared;
  const proc = procOf(gateway);
  rmSync(join(gateway.directory, 'approvals.db'));
  assert.deepEqual(await readyz(proc.probes()), { ...ready, degraded: ['not_approval_store_open'] });
  const token = await gateway.issuer.token('ana', ['analysts']);
  assert.equal((await call({ port: gateway.port, path: '/text/a', token, body: 'x' })).status, 200);
});

test('a policy that is refused is counted, and the revision in force stays', async () => {
  const gateway = shared;
  const base = procOf(gateway).probes();
  writeFileSync(join(gateway.directory, 'policy', 'policy.yaml'), 'version: 1\nrules: nothing\n');
  await until(
    'it is counted',
    async () => (await sample(base, 'countersign_policy_reloads_total{result="rejected"}')) === 1,
  );
  assert.equal((await readyz(base)).status, 200);
  assert.equal(await sample(base, 'countersign_policy_rules'), 3);
});

const namespaces = spawnSync('unshare', ['-Urm', 'true']).status === 0;
const skip = namespaces ? false : 'SKIPPED: no user namespaces here (unshare -Urm): a disk of its own cannot be made';
test('a full disk: not ready, and Envoy goes on asking, so that each call gets our 503', { skip }, async (t) => {
  const gateway = await startTestGateway({ ...withProbes, procLedgerBytes: 24 * 1024 * 1024 });
  t.after(() => gateway.stop());
  const proc = procOf(gateway);
  const token = await gateway.issuer.token('ana', ['analysts']);
  const ask = () => call({ port: gateway.port, path: '/text/a', token, body: 'x'.repeat(60_000) });
  const filler = `/proc/${proc.child.pid}/root${gateway.ledger}/filler`;
  assert.throws(() => writeFileSync(filler, Buffer.alloc(64 * 1024 * 1024)), /ENOSPC/);
  await until('the ledger is full', async () => (await ask()).status === 503);

  assert.deepEqual(await readyz(proc.probes()), unready('not_ledger_writing'));
  assert.equal(await sample(proc.probes(), 'countersign_ledger_state{state="full"}'), 1);
  const attempts = await gateway.stat('cluster.countersign-proc.health_check.attempt');
  await until(
    'Envoy has asked again',
    async () => (await gateway.stat('cluster.countersign-proc.health_check.attempt')) > attempts + 1,
  );
  assert.equal(await isServing(gateway, 'countersign-proc'), true);
  const refused = await ask();
  assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '5']);

  rmSync(filler);
  await until('there is room', async () => (await readyz(proc.probes())).status === 200);
  assert.equal((await ask()).status, 200);
});
