/**
 * A fleet that is restarted one process after the other, and a process whose patience ends before its calls do. The first must
 * not be seen by any caller; the second must not be missing in the record.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { StoredRecord } from '@countersign/core/ledger/record.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { startLoad } from './harness/load.ts';
import { startHold, startStream, startThought, startUpload } from './harness/phases.ts';
import { assistantPolicy } from './harness/policies.ts';
import type { Started } from './harness/processes.ts';
import { ofSession, readTrail, terminalTypes } from './harness/trail.ts';

const slowEnd = fileURLToPath(new URL('./harness/slow-end.ts', import.meta.url));
/** As a service that is told nothing does it. */
const drainDelaySeconds = 5;

interface Fleet {
  readonly processes: (gateway: Gateway) => readonly Started[];
  readonly restart: (gateway: Gateway, index: number) => Promise<void>;
}
const fleets: Record<string, Fleet> = {
  'proc-service': { processes: ({ procs }) => procs, restart: (gateway, index) => gateway.restartProc(index) },
  'authz-service': { processes: ({ authzs }) => authzs, restart: (gateway, index) => gateway.restartAuthz(index) },
};

for (const [name, fleet] of Object.entries(fleets)) {
  test(`${name}, two of them restarted in turn under load: no call fails, and each has its end in the trail`, async (t) => {
    const gateway = await startTestGateway({ policy: assistantPolicy, procs: 2, authzs: 2, drainDelaySeconds });
    t.after(() => gateway.stop());
    const load = startLoad({ port: gateway.port, token: await gateway.issuer.token('ana', ['analysts']), callers: 4 });
    t.after(() => load.stop());
    for (const index of [0, 1]) {
      assert.equal(await fleet.processes(gateway)[index]?.end('SIGTERM'), 0);
      await fleet.restart(gateway, index);
    }
    const called = await load.stop();
    const answered = called.length;
    t.diagnostic(`${answered} calls`);
    assert.deepEqual(
      called.filter(({ status, complete }) => status !== 200 || !complete),
      [],
    );
    const trail = readTrail(gateway.ledger);
    const ends = trail.filter((record) => terminalTypes.some((type) => type === record.type));
    assert.deepEqual(new Set(ends.map((record) => record.type)), new Set(['session.closed']));
    assert.equal(ends.length, answered);
    assert.equal(new Set(ends.map((record) => record.session)).size, answered);
    assert.equal(await gateway.stat('http.countersign.downstream_rq_completed'), answered);
  });
}

test('a drain that ends before the calls do: all have their end in the ledger of that run', async (t) => {
  const gateway = await startTestGateway({ policy: assistantPolicy, drainSeconds: 1, procImport: slowEnd });
  t.after(() => gateway.stop());
  const token = await gateway.issuer.token('ana', ['analysts']);
  const { answer: streaming } = await startStream(gateway, token, ['the first of many words, ', 'never']);
  const { answer: thinking } = await startThought(gateway, token, 'never');
  const { answer: held } = await startHold(gateway, token, 200);
  const { outgoing: upload } = await startUpload(gateway, token);
  const opened = sessions(readTrail(gateway.ledger));

  // A person and a supervisor at the same time, one of them twice: it is one stop all the same.
  const child = gateway.procs[0]?.child ?? assert.fail();
  const exited = once(child, 'exit');
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGTERM'] as const) child.kill(signal);
  assert.deepEqual(await exited, [0, null]);
  upload.destroy();
  const trail = readTrail(gateway.ledger);

  await t.test('the ledger is closed, once', () => {
    assert.equal(trail.filter(({ type }) => type === 'ledger.closed').length, 1);
  });
  await t.test('a stream is cut, and recorded as aborted', async () => {
    const answer = await streaming;
    assert.ok(answer !== 'cut' && !answer.complete);
    assert.deepEqual(typesOf(trail, sessionAt(gateway, '/text/stream')), ['session.opened', 'session.aborted']);
  });
  await t.test('a model still thinks: 500, aborted', async () => {
    const answer = await thinking;
    assert.equal(answer !== 'cut' && answer.status, 500);
    assert.deepEqual(typesOf(trail, sessionAt(gateway, '/text/think')), ['session.opened', 'session.aborted']);
  });
  await t.test('people still decide: 409, so that the retry finds another process', async () => {
    const answer = await held;
    assert.ok(answer !== 'cut');
    assert.equal(answer.status, 409);
    assert.deepEqual(typesOf(trail, answer.headers['x-countersign-session']), ['session.held', 'session.denied']);
  });
  await t.test('a request that was never complete did not reach the model, and is recorded as aborted', () => {
    const [uploaded, ...more] = [...sessions(trail)].filter((session) => !opened.has(session));
    assert.deepEqual(more, []);
    assert.deepEqual(typesOf(trail, uploaded), ['session.aborted']);
    assert.equal(gateway.model.reached.length, 2);
  });
});

const sessions = (trail: readonly StoredRecord[]): Set<string> =>
  new Set(
    trail.flatMap(({ type, session }) => (type.startsWith('session.') && session !== undefined ? [session] : [])),
  );
const typesOf = (trail: readonly StoredRecord[], session: unknown): string[] =>
  ofSession(trail, String(session)).flatMap(({ type }) => (type.startsWith('session.') ? [type] : []));
const sessionAt = ({ model }: Gateway, path: string): unknown =>
  model.reached.find((reached) => reached.path === path)?.headers['x-countersign-session'];
