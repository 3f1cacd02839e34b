import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeFolder, startConsole } from './test/console-process.ts';
import { startIdentityProvider } from './test/identity-provider.ts';

test('the console serves on loopback only', async (context) => {
  const provider = await startIdentityProvider();
  context.after(() => provider.stop());
  const folder = makeFolder(provider);
  context.after(() => folder.remove());
  for (const listen of ['0.0.0.0:0', '[::]:0', 'console.bank.test:0']) {
    await assert.rejects(startConsole(folder.path, listen), /loopback only/, listen);
  }
});

test('ready, drained by SIGTERM with exit code 0, and its ledger is closed', async (context) => {
  const provider = await startIdentityProvider();
  context.after(() => provider.stop());
  const folder = makeFolder(provider);
  context.after(() => folder.remove());
  const running = await startConsole(folder.path);
  for (const path of ['/healthz', '/readyz']) assert.equal((await fetch(running.url + path)).status, 200);
  assert.equal(await running.stop(), 0);
  assert.equal(folder.records().at(-1)?.['type'], 'ledger.closed');
});

test('without any issuer whose keys are known it is alive, not ready, and verifies nobody', async (context) => {
  const provider = await startIdentityProvider();
  const folder = makeFolder(provider);
  context.after(() => folder.remove());
  const token = await provider.token('rex', ['model-risk']);
  provider.stop();
  const running = await startConsole(folder.path);
  context.after(() => running.stop());
  const status = async (path: string) =>
    (await fetch(running.url + path, { headers: { authorization: `Bearer ${token}` } })).status;
  assert.equal(await status('/healthz'), 200);
  assert.equal(await status('/readyz'), 503);
  assert.equal(await status('/api/approvals'), 503);
});
