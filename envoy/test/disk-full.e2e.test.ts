/** A full disk under the ledger: nothing happens that cannot be recorded, and it goes on by itself when there is room again. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type Answer, call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';
import { at, readTrailOf, terminalTypes } from './harness/trail.ts';

const namespaces = spawnSync('unshare', ['-Urm', 'true']).status === 0;
const skip = namespaces ? false : 'SKIPPED: no user namespaces here (unshare -Urm): a disk of its own cannot be made';

let gateway: Gateway;
let token: string;
before(async () => {
  if (skip !== false) return;
  gateway = await startTestGateway({ policy: assistantPolicy, procLedgerBytes: 24 * 1024 * 1024 });
  token = await gateway.issuer.token('ana', ['analysts']);
});
after(async () => {
  if (skip === false) await gateway.stop();
});

test('full: 503 and nothing at the model; room again: calls go on, and the gap is declared', { skip }, async () => {
  // The folder as proc-service sees it.
  const ledger = `/proc/${gateway.procs[0]?.child.pid}/root${gateway.ledger}`;
  const ask = (): Promise<Answer> => call({ port: gateway.port, path: '/text/a', token, body: 'x'.repeat(60_000) });
  assert.equal((await ask()).status, 200);

  const filler = `${ledger}/filler`;
  assert.throws(() => writeFileSync(filler, Buffer.alloc(64 * 1024 * 1024)), /ENOSPC/);
  let refused: Answer | undefined;
  await until('the ledger is full', async () => {
    const answer = await ask();
    if (answer.status === 503) refused = answer;
    else assert.equal(answer.status, 200);
    return refused !== undefined;
  });
  assert.match(refused?.body.toString() ?? '', /cannot be recorded/);
  const reached = gateway.model.reached.length;
  for (let round = 0; round < 5; round++) assert.equal((await ask()).status, 503);
  assert.equal(gateway.model.reached.length, reached, 'an unrecorded call reached the model');

  rmSync(filler);
  await until('calls go on', async () => (await ask()).status === 200);
  const trail = readTrailOf(gateway.procs[0]?.child.pid, gateway.ledger);
  const gap = trail.find((record) => record.type === 'ledger.gap_declared');
  assert.ok(gap && Number(at(gap, 'refused_appends')) > 5);
  const ended = new Set(
    trail.filter(({ type }) => terminalTypes.some((end) => end === type)).map(({ session }) => session),
  );
  const opened = trail.filter(({ type }) => type === 'session.opened').map(({ session }) => session);
  assert.equal(
    opened.every((session) => ended.has(session)),
    true,
  );
});
