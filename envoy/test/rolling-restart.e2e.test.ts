/**
 * A fleet that is restarted one process after the other, and a process whose patience ends before its calls do. The first must
 * not be seen by any caller; the second must not be missing in the record.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { StoredRecord } from '@countersign/core/ledger/record.ts';
import { call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { type Started, until } from './harness/processes.ts';
import { ofSession, readTrail, terminalTypes } from './harness/trail.ts';

const slowEnd = fileURLToPath(new URL('./harness/slow-end.ts', import.meta.url));
const clients = 4;
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
    const load = await callers(gateway);
    for (const index of [0, 1]) {
      assert.equal(await fleet.processes(gateway)[index]?.end('SIGTERM'), 0);
      await fleet.restart(gateway, index);
    }
    const { answered, failures } = await load.stop();
    t.diagnostic(`${answered} calls, ${failures.length} failed`);
    assert.deepEqual(failures, []);
    const trail = readTrail(gateway.ledger);
    const ends = trail.filter((record) => terminalTypes.some((type) => type === record.type));
    assert.deepEqual(new Set(ends.map((record) => record.type)), new Set(['session.closed']));
    assert.equal(ends.length, answered);
    assert.equal(new Set(ends.map((record) => record.session)).size, answered);
    assert.equal(await gateway.stat('http.countersign.downstream_rq_completed'), answered);
  });
}

/** Clients that call one after the other until they are told to stop. */
async function callers(gateway: Gateway) {
  const token = await gateway.issuer.token('ana', ['analysts']);
  const failures: (number | string)[] = [];
  let answered = 0;
  let going = true;
  const one = async (): Promise<void> => {
    while (going) {
      const body = 'how is 536-22-8726 doing';
      const how = await call({ port: gateway.port, path: '/text/a', token, body }).then(
        ({ status, complete }) => (status === 200 && !complete ? 'cut' : status),
        (error: unknown) => String(error),
      );
      answered += 1;
      if (how !== 200) failures.push(how);
    }
  };
  const all = Promise.all(Array.from({ length: clients }, one));
  return {
    async stop() {
      going = false;
      await all;
      return { answered, failures };
    },
  };
}

test('a drain that ends before the calls do: all have their end in the ledger of that run', async (t) => {
  const gateway = await startTestGateway({ policy: assistantPolicy, drainSeconds: 1, procImport: slowEnd });
  t.after(() => gateway.stop());
  const token = await gateway.issuer.token('ana', ['analysts']);
  const { answer: streaming } = await startedStream(gateway, token);
  const { answer: thinking } = await startedThought(gateway, token);
  const { answer: held } = await startedHold(gateway, token);
  const upload = await startedUpload(gateway, token);
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
    assert.equal((await streaming).complete, false);
    assert.deepEqual(typesOf(trail, sessionAt(gateway, '/text/stream')), ['session.opened', 'session.aborted']);
  });
  await t.test('a model still thinks: 500, aborted', async () => {
    assert.equal((await thinking).status, 500);
    assert.deepEqual(typesOf(trail, sessionAt(gateway, '/text/think')), ['session.opened', 'session.aborted']);
  });
  await t.test('people still decide: 409, so that the retry finds another process', async () => {
    const { status, headers } = await held;
    assert.equal(status, 409);
    assert.deepEqual(typesOf(trail, headers['x-countersign-session']), ['session.held', 'session.denied']);
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

/** Each resolves when the call is where the test wants it, with the answer to come. */
async function startedStream({ port, model }: Gateway, token: string) {
  model.answer = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write('the first of many words, ');
  };
  const first = Promise.withResolvers<void>();
  const answer = call({ port, path: '/text/stream', token, body: 'go', onData: () => first.resolve() });
  await first.promise;
  return { answer };
}

async function startedThought({ port, model }: Gateway, token: string) {
  model.answer = () => undefined;
  const answer = call({ port, path: '/text/think', token, body: 'go' });
  await until('the model has it', () => model.reached.length === 2);
  return { answer };
}

async function startedHold({ port, ledger }: Gateway, token: string) {
  const data = Array.from({ length: 200 }, () => 0.5);
  const body = JSON.stringify({ inputs: [{ name: 'x', shape: [200, 1], datatype: 'FP64', data }] });
  const answer = call({ port, path: '/v2/models/credit/infer', token, body });
  await until('it is held', () => readTrail(ledger).some(({ type }) => type === 'session.held'));
  return { answer };
}

async function startedUpload(gateway: Gateway, token: string): Promise<ClientRequest> {
  const before = await gateway.stat('cluster.countersign-proc.upstream_rq_active');
  const headers = { host: 'models.bank.test', authorization: `Bearer ${token}` };
  const outgoing = request({ host: '127.0.0.1', port: gateway.port, path: '/text/up', method: 'POST', headers });
  outgoing.on('error', () => undefined);
  outgoing.on('response', (response) => response.resume());
  await until('proc-service collects it', async () => {
    outgoing.write('piece ');
    return (await gateway.stat('cluster.countersign-proc.upstream_rq_active')) > before;
  });
  return outgoing;
}
