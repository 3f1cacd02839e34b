/** What dies is started again where the others expect it: real services, a real Envoy. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { writeDemoConfiguration } from '@countersign/demo/configuration.ts';
import { type IdentityProvider, startIdentityProvider } from '@countersign/demo/identity-provider.ts';
import { login } from '@countersign/demo/login.ts';
import { type ModelServer, startModelServer } from '@countersign/demo/model-server.ts';
import { envoyPath } from '../../setup/paths.mjs';
import { createMissingKeys, freePort, readConfiguration } from './configuration.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { parseUpstreams } from './upstreams.ts';

const envoy = envoyPath();
const skip = envoy === undefined ? 'Envoy is not installed: npm run setup' : false;
const directory = mkdtempSync(join(tmpdir(), 'countersign-gateway-'));
let provider: IdentityProvider | undefined;
let model: ModelServer | undefined;
let gateway: Gateway | undefined;
let token: string;

before(async () => {
  if (envoy === undefined) return;
  const web = `127.0.0.1:${await freePort()}`;
  provider = await startIdentityProvider();
  model = await startModelServer();
  writeDemoConfiguration(directory, {
    issuer: provider.issuer,
    audience: provider.audience,
    modelKey: model.key,
    console: web,
  });
  createMissingKeys(readConfiguration(directory));
  gateway = await startGateway({
    config: directory,
    state: join(directory, 'state'),
    envoy,
    port: 0,
    processes: 2,
    console: web,
    upstreams: parseUpstreams([model.url]),
    tell: () => undefined,
  });
  token = await login(provider.issuer, 'ana');
});
after(async () => {
  await gateway?.stop(0);
  await provider?.close();
  await model?.close();
  rmSync(directory, { recursive: true, force: true });
});

async function call(): Promise<number> {
  const response = await fetch(`${gateway?.proxy}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ model: 'bank-assistant', messages: [{ role: 'user', content: 'Hello' }] }),
  });
  await response.text();
  return response.status;
}

test('the first call after the start succeeds', { skip }, async () => {
  assert.equal(await call(), 200);
});

test('two processes have an endpoint each, and Envoy gives calls to both', { skip }, async () => {
  const targets: unknown = JSON.parse(readFileSync(gateway?.metrics ?? '', 'utf8'));
  assert.ok(Array.isArray(targets) && targets.length === 4);
  const served = async (): Promise<readonly number[]> =>
    Promise.all(
      targets
        .filter(({ labels }) => labels.service === 'proc-service')
        .map(async ({ targets: [address] }) => {
          const text = await (await fetch(`http://${address}/metrics`)).text();
          return Number(
            /^countersign_exchange_duration_seconds_count\{.*outcome="completed"\} (\d+)$/m.exec(text)?.[1] ?? 0,
          );
        }),
    );
  while ((await served()).some((calls) => calls === 0)) await Promise.all(Array.from({ length: 4 }, call));
});

test('Envoy and the services meet at sockets that nobody else can use', { skip }, () => {
  const run = join(directory, 'state', 'run');
  assert.equal(statSync(run).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(run).toSorted(), ['authz-service.sock', 'proc-service-1.sock', 'proc-service-2.sock']);
  for (const name of readdirSync(run)) assert.equal(statSync(join(run, name)).mode & 0o777, 0o600);
});

for (const name of ['proc-service-1', 'authz-service', 'console', 'envoy']) {
  test(`${name} is killed: it comes back under its address, and calls succeed again`, { skip }, async () => {
    const before = gateway?.pids().get(name) ?? 0;
    process.kill(before, 'SIGKILL');
    for (;;) {
      const pid = gateway?.pids().get(name);
      if (pid !== undefined && pid !== before) break;
      await pause(50);
    }
    while ((await call().catch(() => 0)) !== 200) await pause(50);
    assert.equal((await fetch(`${gateway?.console}/readyz`)).status, 200);
  });
}
