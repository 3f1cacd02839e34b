/** A disk whose fsync fails, under a real proc-service. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFailingDisk, skipWithoutCompiler } from '@countersign/adapters/sqlite/test/failing-disk.ts';
import { call } from './harness/client.ts';
import { startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { accessLogOf, endAll, reconciled } from './harness/reconciled.ts';
import { auditTrail } from './harness/trail.ts';

test('a failed fsync: proc-service ends at once, the call is 500 and reached nobody; on a disk that works its successor goes on, and Envoy’s log agrees', {
  skip: skipWithoutCompiler,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-disk-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const disk = createFailingDisk(folder);
  const gateway = await startTestGateway({ policy: assistantPolicy, procEnv: disk.env });
  t.after(() => gateway.stop());
  const token = await gateway.issuer.token('ana', ['analysts']);
  const ask = () => call({ port: gateway.port, path: '/text/a', token, body: 'hello' });
  assert.equal((await ask()).status, 200);

  disk.fail();
  const { length: before } = gateway.model.reached;
  assert.equal((await ask()).status, 500);
  const [proc] = gateway.procs;
  assert.equal(await proc?.ended, 1);
  assert.match(proc?.log() ?? '', /disk I\/O error/);
  assert.equal(gateway.model.reached.length, before, 'the model saw a call that was not recorded');

  disk.recover();
  await gateway.restartProc(0);
  assert.equal((await ask()).status, 200);
  await endAll(gateway);
  assert.deepEqual(auditTrail(gateway.ledger).findings, []);
  const { differences, requests } = await reconciled([accessLogOf(gateway)], gateway.ledger);
  assert.deepEqual([differences, requests], [[], 3]);
});
