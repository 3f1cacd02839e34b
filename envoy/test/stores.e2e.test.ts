/** The files under a gateway: locked, damaged, removed, unreadable. What needs them is refused, what does not goes on. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  cpSync,
  globSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Answer, call } from './harness/client.ts';
import { type Endings, endingsOf, words } from './harness/endings.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { heldBody } from './harness/phases.ts';
import { assistantPolicy } from './harness/policies.ts';
import { start, until } from './harness/processes.ts';
import { readTrail } from './harness/trail.ts';

let gateway: Gateway;
let token: string;
let endings: Endings;
before(async () => {
  gateway = await startTestGateway({ policy: assistantPolicy, countsRefusals: true });
  token = await gateway.issuer.token('ana', ['analysts']);
  endings = endingsOf(gateway.ledger);
});
after(() => gateway.stop());
beforeEach(() => {
  gateway.model.reached.length = 0;
});
afterEach(() => {
  endings.all();
});

const ask = (): Promise<Answer> => call({ port: gateway.port, path: '/text/a', token, body: 'x' });
let rows = 200;
/** Held, and not for long; another body every time. */
function askHeld(): Promise<Answer> {
  rows += 1;
  const headers = { prefer: 'wait=0' };
  return call({ port: gateway.port, path: '/v2/models/credit/infer', token, body: heldBody(rows), headers });
}
const approvals = (): string => join(gateway.directory, 'approvals.db');

async function assertNoHolds(reason: string): Promise<void> {
  const reached = gateway.model.reached.length;
  const answer = await askHeld();
  assert.equal(answer.status, 503, answer.body.toString());
  assert.equal(answer.headers['retry-after'], '5');
  assert.equal(words(await endings.next()), `session.denied denied approval_store: ${reason}`);
  assert.equal(gateway.model.reached.length, reached);
  assert.equal((await ask()).status, 200, 'what needs no approval goes on');
  assert.equal(words(await endings.next()), 'session.closed completed');
}

test('somebody keeps the approvals locked: 503 where a rule holds, the rest goes on; unlocked: holds again', async () => {
  const other = new DatabaseSync(approvals());
  other.exec('BEGIN IMMEDIATE');
  await assertNoHolds('store_busy');
  other.exec('ROLLBACK');
  other.close();
  assert.equal((await askHeld()).status, 409);
});

test('the approvals are damaged: 503 where a rule holds, until the file is whole and the process has started anew', async () => {
  await gateway.procs[0]?.end('SIGTERM');
  const kept = `${approvals()}.kept`;
  cpSync(approvals(), kept);
  await gateway.restartProc(0);
  const { size } = statSync(approvals());
  const file = openSync(approvals(), 'r+');
  writeSync(file, Buffer.alloc(size, 0xff), 0, size, 0);
  closeSync(file);
  for (let round = 0; round < 2; round += 1) await assertNoHolds('store_broken');

  await gateway.procs[0]?.end('SIGTERM');
  for (const path of globSync(`${approvals()}{,-wal,-shm}`)) rmSync(path);
  renameSync(kept, approvals());
  await gateway.restartProc(0);
  assert.equal((await askHeld()).status, 409);
});

test('the file of a ledger is removed while it is written: nothing more is acknowledged into it, the process ends and its log says why', async () => {
  assert.equal((await ask()).status, 200);
  await endings.next();
  const [ledger = ''] = globSync(join(gateway.ledger, 'proc-service', '0', '*.db'))
    .toSorted()
    .slice(-1);
  const child = gateway.procs[0]?.child ?? assert.fail();
  const exited = once(child, 'exit');
  for (const path of globSync(`${ledger}*`)) rmSync(path);
  const { status } = await ask();
  assert.ok(status === 500 || status === 503, String(status)); // by Envoy, or by the process in its last moment
  assert.deepEqual(await exited, [1, null]);
  assert.equal(gateway.model.reached.length, 1);

  assert.match(gateway.procs[0]?.log() ?? '', /the ledger failed/);
  await gateway.restartProc(0);
  assert.equal((await ask()).status, 200);
});

test('a flood of anonymous calls: thirty short records, then they are counted, each before its answer, and nobody else notices', async (t) => {
  const calls = 200;
  const stored = 30;
  const counted = () => readTrail(gateway.ledger).filter(({ type }) => type === 'refusals.counted');
  const path = `/text/${'y'.repeat(6_000)}`;
  const headers = { 'x-large': 'z'.repeat(20_000) };
  const flood = Array.from({ length: calls }, () => call({ port: gateway.port, path, method: 'DELETE', headers }));
  assert.equal((await ask()).status, 200);
  for (const { status } of await Promise.all(flood)) assert.equal(status, 401);
  const refused = endings.all().filter(({ type }) => type === 'session.denied');
  assert.equal(refused.length, stored);
  await until('they are counted', () => counted().length > 0, 15_000);
  const [only, more] = counted();
  assert.equal(more, undefined);
  assert.equal(only?.data['count'], calls - stored);
  assert.deepEqual(only?.data['src_endpoint'], { ip: '127.0.0.1' });
  const longest = Math.max(...refused.map(({ record }) => JSON.stringify(record).length));
  t.diagnostic(`longest record ${longest} bytes`);
  assert.ok(longest < 3_000, `${longest} bytes`);
});

const proc = fileURLToPath(new URL('../../proc-service/main.ts', import.meta.url));
/** Starts a proc-service over a copy of the gateway's folder in which one thing is wrong. What it said on its way out. */
async function startWrong(harm: (directory: string) => void, replica = 'wrong'): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-wrong-'));
  try {
    for (const name of ['keys', 'policy', 'countersign.yaml'])
      cpSync(join(gateway.directory, name), join(directory, name), { recursive: true });
    harm(directory);
    const started = start(process.execPath, [proc, '--config', directory, '--replica', replica]);
    assert.equal(await started.ended, 2);
    return started.log();
  } finally {
    rmSync(directory, { recursive: true });
  }
}

for (const [what, harm, said] of [
  ['the hand-off key is missing', (at: string) => rmSync(join(at, 'keys/hand-off.key')), /hand-off\.key/],
  [
    'the digest key can be read by others',
    (at: string) => chmodSync(join(at, 'keys/digest.key'), 0o644),
    /digest\.key/,
  ],
  [
    'the payload key is damaged',
    (at: string) => writeFileSync(join(at, 'keys/payload.json'), 'no key'),
    /payload\.json/,
  ],
  ['the credential of an upstream is missing', (at: string) => rmSync(join(at, 'keys/upstream')), /keys\/upstream/],
  [
    'the credential of an upstream is empty',
    (at: string) => writeFileSync(join(at, 'keys/upstream'), '\n'),
    /keys\/upstream/,
  ],
  ['the folder of the ledgers is a file', (at: string) => writeFileSync(join(at, 'ledger'), ''), /ledger/],
  [
    'the policy is wrong',
    (at: string) => writeFileSync(join(at, 'policy/policy.yaml'), 'version: 2'),
    /policy\.yaml:1/,
  ],
  [
    'the approvals are no store',
    (at: string) => writeFileSync(join(at, 'approvals.db'), 'x'.repeat(5_000), { mode: 0o600 }),
    /approvals\.db/,
  ],
] as const) {
  test(`at the start ${what}: it does not start, and says which file`, async () => {
    assert.match(await startWrong(harm), said);
  });
}

test('at the start another process writes as the same replica: it does not start, and says so', async () => {
  const other = start(process.execPath, [proc, '--config', gateway.directory, '--replica', '0']);
  assert.equal(await other.ended, 2);
  assert.match(other.log(), /another process writes as proc-service\/0/);
  assert.equal((await ask()).status, 200, 'the first one goes on');
});
