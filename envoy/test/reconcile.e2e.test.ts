/** Envoy's own access log against the ledgers, as an auditor would hold them against each other. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, globSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { call } from './harness/client.ts';
import { type Gateway, type GatewayOptions, startTestGateway } from './harness/gateway.ts';
import { grpcCaller } from './harness/grpc-call.ts';
import { startStream, startThought, startUpload } from './harness/phases.ts';
import { assistantPolicy } from './harness/policies.ts';
import { accessLogOf, endAll, logLines, type Reconciled, reconciled } from './harness/reconciled.ts';

async function startGateway(t: TestContext, options: Partial<GatewayOptions> = {}): Promise<[Gateway, string]> {
  const gateway = await startTestGateway({ policy: assistantPolicy, ...options });
  t.after(() => gateway.stop());
  return [gateway, await gateway.issuer.token('ana', ['analysts'], { lifeSeconds: 7_200 })];
}

async function ended(gateway: Gateway): Promise<Reconciled> {
  await endAll(gateway);
  return reconciled([accessLogOf(gateway)], gateway.ledger);
}

/** What Envoy's parser makes of it; resolves when it has hung up. */
async function sendRaw(port: number, text: string): Promise<void> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  socket.on('data', () => socket.end());
  socket.write(text);
  await once(socket, 'close');
}

test('calls, refusals, a flood of strangers, callers who leave, a model that resets, what Envoy answers itself: all of it is explained; what is taken away is found', async (t) => {
  const configuration = 'anonymous_refusals: { per_source: 5, total: 100 }';
  const [gateway, token] = await startGateway(t, { countsRefusals: true, configuration });
  const { port, model } = gateway;
  const say = (path: string, more: object = {}) => call({ port, path, token, body: 'hello', ...more });
  const whole = await say('/text/a');
  for (let n = 1; n < 5; n++) assert.equal((await say('/text/a')).status, 200);
  assert.equal((await say('/nowhere')).status, 403);
  assert.equal((await say('/text/%2F')).status, 400);
  for (let n = 0; n < 40; n++) assert.equal((await call({ port, path: '/text/a', body: 'hello' })).status, 401);
  const grpc = grpcCaller(port);
  await grpc.unary('/inference.GRPCInferenceService/ServerLive', Buffer.alloc(0), token);
  grpc.close();
  await sendRaw(port, 'CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n');
  await sendRaw(port, 'GET / HTTP/1.1\r\nno header\r\n\r\n');

  model.answer = (_, response) => void response.socket?.resetAndDestroy();
  assert.equal((await say('/text/reset')).status, 503);
  const upload = await startUpload(gateway, token);
  upload.outgoing.destroy();
  await upload.answer;
  const leaving = new AbortController();
  model.answer = () => leaving.abort();
  await assert.rejects(say('/text/leave', { signal: leaving.signal }));

  const { differences, exitCode, sessions, requests, counts } = await ended(gateway);
  assert.deepEqual(differences, []);
  assert.equal(exitCode, 0);
  assert.equal(requests, 53);
  assert.deepEqual([sessions.closed, sessions.aborted], [6, 2]);
  // Of what is no HTTP Envoy may have hung up before proc-service was asked.
  const { counted = 0, answered_by_envoy, named_by_no_line: unnamed = 0, ...others } = Object.fromEntries(counts);
  assert.ok(counted > 0 && unnamed <= 1);
  assert.deepEqual([sessions.denied + counted - unnamed, answered_by_envoy, others], [44, 1, {}]);
  await assertFound(gateway, whole.headers['x-countersign-session']);
});

/** A line taken out of the log, the records of its session taken out of the ledger: each is the one difference, and named. */
async function assertFound(gateway: Gateway, session: unknown): Promise<void> {
  const log = accessLogOf(gateway);
  const altered = join(gateway.directory, 'altered.log');
  writeFileSync(
    altered,
    `${logLines(log)
      .filter((line) => !line.includes(String(session)))
      .join('\n')}\n`,
  );
  const lineGone = await reconciled([altered], gateway.ledger);
  assert.deepEqual(
    lineGone.differences.map((found) => [found.reason, found.session]),
    [['session_without_line', session]],
  );
  const ledger = join(gateway.directory, 'altered');
  cpSync(gateway.ledger, ledger, { recursive: true });
  for (const file of globSync(join(ledger, 'proc-service', '*', '*.db'))) {
    const db = new DatabaseSync(file);
    db.prepare('DELETE FROM record WHERE session = ?').run(String(session));
    db.close();
  }
  const { differences, exitCode } = await reconciled([log], ledger);
  assert.deepEqual(
    differences.map((found) => [found.reason, found.session]),
    [['session_not_recorded', session]],
  );
  assert.equal(exitCode, 1);
}

test('proc-service killed with calls in every phase, then away; authz-service away: what was open is aborted at the restart, all of it is explained', async (t) => {
  const [gateway, token] = await startGateway(t);
  const { port } = gateway;
  const upload = await startUpload(gateway, token);
  const thought = await startThought(gateway, token, 'never said');
  const stream = await startStream(gateway, token, ['the number is ', 'never said']);
  await gateway.procs[0]?.end('SIGKILL');
  await Promise.all([upload.answer, thought.answer, stream.answer]);
  for (const own of [token, undefined]) {
    assert.equal((await call({ port, path: '/text/a', token: own, body: 'hello' })).status, 500);
  }
  await gateway.restartProc(0);
  await gateway.authz.end('SIGKILL');
  assert.equal((await call({ port, path: '/text/a', token, body: 'hello' })).status, 503);

  const { differences, counts } = await ended(gateway);
  assert.deepEqual(differences, []);
  assert.deepEqual(Object.fromEntries(counts), { processor_failed: 2, answer_lost: 1, process_ended: 2 });
});
