/** A full disk under the requests that wait: they are refused and recorded, and it goes on by itself when there is room again. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Answer, call } from './harness/client.ts';
import { startTestGateway } from './harness/gateway.ts';
import { until } from './harness/processes.ts';
import { at, readTrail, terminalOf } from './harness/trail.ts';

const policy = `version: 1
endpoints:
  - name: raw
    match: { host: models.bank.test, path: "/raw/**", methods: [POST] }
    api: opaque
    model: { name: raw }
    mask: { request: none, response: none }
    record: { payload: digest }
rules:
  - { name: staff, match: { groups: [analysts] }, then: allow }
  - { name: limit, match: { endpoint: raw }, when: body.bytes > 100000000, then: deny }
`;

const namespaces = spawnSync('unshare', ['-Urm', 'true']).status === 0;
const skip = namespaces ? false : 'SKIPPED: no user namespaces here (unshare -Urm): a disk of its own cannot be made';

test('no room on the disk: 503 and recorded, smaller ones go on; room again: it goes on by itself', {
  skip,
}, async () => {
  const small = await startTestGateway({
    policy,
    procSpillBytes: 16 << 20,
    configuration: 'limits: { request_bytes: 80 MiB }',
  });
  try {
    const by = await small.issuer.token('ana', ['analysts']);
    const send = (body: Buffer): Promise<Answer> => call({ port: small.port, path: '/raw/a', token: by, body });
    const filler = `/proc/${small.procs[0]?.child.pid}/root${small.directory}/spill/filler`;
    writeFileSync(filler, Buffer.alloc(8 << 20));
    const body = randomBytes(12 << 20);
    const refused = await send(body);
    assert.equal(refused.status, 503);
    assert.equal(refused.headers['retry-after'], '5');
    assert.equal(small.model.reached.length, 0);
    const session = String(refused.headers['x-countersign-session']);
    assert.equal(at(terminalOf(readTrail(small.ledger), session), 'refusal', 'reason'), 'spill_full: enospc');
    assert.equal((await send(randomBytes(1_000))).status, 200);
    rmSync(filler);
    await until('it goes on', async () => (await send(body)).status === 200);
    assert.ok(small.model.reached.at(-1)?.body.equals(body));
  } finally {
    await small.stop();
  }
});
