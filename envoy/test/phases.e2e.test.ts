/**
 * proc-service ended in every phase, in every way. Two promises hold whatever happens: the model never sees a request that has
 * no durable record, and the caller never sees an unmasked byte.
 */
import assert from 'node:assert/strict';
import { type ClientRequest, request } from 'node:http';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Answer, call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';
import { ofSession, readTrail, terminalTypes } from './harness/trail.ts';

const ssn = '536-22-8726';
const fault = fileURLToPath(new URL('./harness/fault.ts', import.meta.url));
let gateway: Gateway;
let token: string;
before(async () => {
  gateway = await startTestGateway({ policy: assistantPolicy, procImport: fault });
  token = await gateway.issuer.token('ana', ['analysts']);
});
after(() => gateway.stop());
beforeEach(() => {
  gateway.model.reached.length = 0;
});
// A test that failed must not take the next ones with it.
afterEach(async () => {
  if (gateway.procs[0]?.child.exitCode !== null || gateway.procs[0].child.signalCode !== null)
    await gateway.restartProc(0);
});

type End = 'SIGTERM' | 'SIGKILL';

/** Ends proc-service and brings it back; resolves when Envoy sees it again. */
async function end(signal: End): Promise<void> {
  await gateway.procs[0]?.end(signal);
}

/** What the model saw has a record, and what the caller saw is masked. Then the service comes back, and all is closed. */
async function assertPromises(answer: Answer | 'cut'): Promise<void> {
  if (answer !== 'cut') assert.doesNotMatch(answer.body.toString(), /536|8726/);
  await gateway.restartProc(0);
  const trail = readTrail(gateway.ledger);
  for (const reached of gateway.model.reached) {
    const session = String(reached.headers['x-countersign-session']);
    assert.ok(
      ofSession(trail, session).some((record) => record.type === 'session.opened'),
      'the model saw an unrecorded request',
    );
  }
  const ended = new Set(
    trail.filter((record) => terminalTypes.some((type) => type === record.type)).map((record) => record.session),
  );
  for (const record of trail)
    if (record.type === 'session.opened') assert.ok(ended.has(record.session), 'a session without an end');
  gateway.model.answer = (_, response) => void response.end('fine');
  const fine = await call({ port: gateway.port, path: '/text/after', token, body: 'works again' });
  assert.equal(fine.status, 200);
}
function slowUpload(path: string): { readonly outgoing: ClientRequest; readonly answered: Promise<Answer | 'cut'> } {
  const headers = { host: 'models.bank.test', authorization: `Bearer ${token}` };
  const outgoing = request({ host: '127.0.0.1', port: gateway.port, path, method: 'POST', headers });
  const answered = new Promise<Answer | 'cut'>((resolve) => {
    outgoing.on('error', () => resolve('cut'));
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('close', () => {
        const { statusCode: status = 0, complete } = response;
        resolve({ status, headers: response.headers, trailers: {}, body: Buffer.concat(chunks), complete });
      });
    });
  });
  return { outgoing, answered };
}
const orCut = (answer: Promise<Answer>): Promise<Answer | 'cut'> => answer.catch(() => 'cut' as const);

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`${signal} while the request is still coming`, async () => {
    gateway.model.answer = (_, response) => void response.end('never');
    const { outgoing, answered } = slowUpload('/text/slow');
    await until('proc-service collects it', async () => {
      outgoing.write(`piece ${ssn} `);
      return (await gateway.stat('cluster.countersign-proc.upstream_rq_active')) > 0;
    });
    const ended = end(signal);
    if (signal === 'SIGKILL') await ended;
    outgoing.end();
    const answer = await answered;
    await ended;
    if (signal === 'SIGTERM')
      assert.equal(answer === 'cut' ? 0 : answer.status, 200, 'a drain lets what is under way finish');
    else assert.equal(gateway.model.reached.length, 0, 'a request that was never complete reached the model');
    await assertPromises(answer);
  });

  test(`${signal} while the call is held`, async () => {
    const body = JSON.stringify({
      inputs: [{ name: signal, shape: [300, 1], datatype: 'FP64', data: Array.from({ length: 300 }, () => 2) }],
    });
    const held = orCut(call({ port: gateway.port, path: '/v2/models/credit/infer', token, body }));
    await until('the call is held', () => readTrail(gateway.ledger).some((record) => record.type === 'session.held'));
    await end(signal);
    const answer = await held;
    if (answer !== 'cut') assert.equal(answer.status, signal === 'SIGTERM' ? 409 : 500);
    assert.equal(gateway.model.reached.length, 0);
    await assertPromises(answer);
  });

  test(`${signal} while the model thinks`, async () => {
    let release = (): void => undefined;
    gateway.model.answer = (_, response) => {
      release = () => void response.writeHead(200, { 'content-type': 'text/plain' }).end(`it is ${ssn}`);
    };
    const thinking = orCut(call({ port: gateway.port, path: '/text/think', token, body: 'go' }));
    await until('the model has it', () => gateway.model.reached.length === 1);
    const ended = end(signal);
    if (signal === 'SIGKILL') await ended;
    release();
    const answer = await thinking;
    await ended;
    if (signal === 'SIGTERM')
      assert.equal(answer === 'cut' ? 0 : answer.status, 200, 'a drain lets what is under way finish');
    await assertPromises(answer);
  });

  test(`${signal} in the middle of a streamed answer, with half a value held back`, async () => {
    let release = (): void => undefined;
    gateway.model.answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('the number is 536-22-');
      release = () => void response.end('8726, done');
    };
    let seen = '';
    const streaming = orCut(
      call({
        port: gateway.port,
        path: '/text/stream',
        token,
        body: 'go',
        onData: (chunk) => {
          seen += chunk.toString();
        },
      }),
    );
    await until('the first words came through', () => seen.includes('number'));
    assert.doesNotMatch(seen, /536/);
    const ended = end(signal);
    if (signal === 'SIGKILL') await ended;
    release();
    const answer = await streaming;
    await ended;
    assert.doesNotMatch(seen, /536|8726/);
    if (answer !== 'cut') assert.equal(answer.complete, signal === 'SIGTERM');
    await assertPromises(answer);
  });
}

test('an exception while the request is read: 500, recorded, nothing forwarded', async () => {
  const answer = await call({ port: gateway.port, path: '/text/x', token, body: `${ssn} RAISE-AN-EXCEPTION` });
  assert.equal(answer.status, 500);
  assert.equal(gateway.model.reached.length, 0);
  const session = String(answer.headers['x-countersign-session']);
  assert.deepEqual(
    ofSession(readTrail(gateway.ledger), session).map((record) => record.type),
    ['session.denied'],
  );
});

test('an exception while the answer streams: cut, nothing unmasked, recorded as aborted', async () => {
  gateway.model.answer = (_, response) =>
    void response.writeHead(200, { 'content-type': 'text/plain' }).end(`${ssn} RAISE-AN-EXCEPTION`);
  const answer = await orCut(call({ port: gateway.port, path: '/text/x', token, body: 'go' }));
  if (answer !== 'cut') {
    assert.ok(answer.status >= 500 || !answer.complete);
    assert.doesNotMatch(answer.body.toString(), /536/);
  }
  const [reached] = gateway.model.reached;
  const types = (): string[] =>
    ofSession(readTrail(gateway.ledger), String(reached?.headers['x-countersign-session'])).map(
      (record) => record.type,
    );
  await until('the session has ended', () => types().includes('session.aborted'));
});
