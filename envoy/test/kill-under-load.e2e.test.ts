/**
 * kill -9 of proc-service at random instants under load, over and over. Whatever the instant: no call is forwarded without its
 * record, no acknowledged record is missing afterwards, and every call that was under way has an end in the trail.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { replacing } from './harness/altered.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { type Called, startLoad } from './harness/load.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';
import { accessLogOf, endAll, reconciled } from './harness/reconciled.ts';
import { times } from './harness/tier.ts';
import { auditTrail, sessionTypes } from './harness/trail.ts';

const kills = times(100, 4);
const callers = times(32, 16);

for (const procs of [1, 2]) {
  test(`proc-service, ${procs} of them, one killed ${kills} times under load: no record is missing, no call passed without one, Envoy’s log agrees`, async (t) => {
    const gateway = await startGateway(t, procs);
    const reached = answering(gateway);
    const token = await gateway.issuer.token('ana', ['analysts'], { lifeSeconds: 7_200 });
    const load = startLoad({ port: gateway.port, token, callers });
    t.after(() => load.stop());
    for (let kill = 0; kill < kills; kill += 1) {
      const then = completedOf(load.called);
      await until('the load is on', () => completedOf(load.called) > then + callers, 60_000);
      await pause(randomInt(300));
      const index = randomInt(procs);
      await gateway.procs[index]?.end('SIGKILL');
      // Now, with the process dead and before its successor has written anything: what the model has seen is on the disk.
      assertRecorded(gateway, reached);
      await gateway.restartProc(index);
    }
    const called = await load.stop();
    const trail = await settledTrail(gateway);

    assert.deepEqual(missing(reached, trail, 'session.opened'), [], 'forwarded without a record');
    const completed = called.flatMap(({ status, complete, session }) =>
      status === 200 && complete ? [session ?? ''] : [],
    );
    assert.deepEqual(missing(completed, trail, 'session.closed'), [], 'acknowledged, and missing');
    const kinds = new Map<string, number>();
    for (const types of trail.values()) kinds.set(types.join(' '), (kinds.get(types.join(' ')) ?? 0) + 1);
    // Aborted after closed: released, and the process was still sending when it was Envoy's connection that ended.
    const good = ['opened closed', 'opened aborted', 'aborted', 'opened closed aborted'];
    const odd = [...kinds.keys()].filter((kind) => !good.includes(kind.replaceAll('session.', '')));
    assert.deepEqual(odd, []);
    const { findings, ledgers } = auditTrail(gateway.ledger);
    assert.deepEqual(findings, []);
    const aborted = kinds.get('session.opened session.aborted') ?? 0;
    t.diagnostic(
      `${kills} kills, ${ledgers.length} ledgers; ${called.length} calls: ${completed.length} completed, ${called.filter(({ status }) => status >= 500).length} × 5xx, ${called.filter(({ status, complete }) => status === 200 && !complete).length} cut, ${called.filter(({ status }) => status === 0).length} without an answer; ${reached.size} reached the model, ${trail.size} sessions in the trail, ${aborted} opened and aborted; 0 missing`,
    );
    assert.deepEqual(
      called.filter(({ status }) => status !== 200 && status < 500),
      [],
    );
    await endAll(gateway);
    const { differences, requests, counts } = await reconciled([accessLogOf(gateway)], gateway.ledger);
    t.diagnostic(`${requests} requests in the log of Envoy: ${JSON.stringify(Object.fromEntries(counts))}`);
    assert.deepEqual(differences, [], 'not explained');
  });
}

const completedOf = (called: readonly Called[]): number =>
  called.filter(({ status, complete }) => status === 200 && complete).length;

async function startGateway(t: TestContext, procs: number): Promise<Gateway> {
  const sooner = replacing([
    '"interval":"2s","no_traffic_interval":"2s"',
    '"interval":"0.3s","no_traffic_interval":"0.3s"',
  ]);
  const gateway = await startTestGateway({ policy: assistantPolicy, procs, alterEnvoy: sooner });
  t.after(() => gateway.stop());
  return gateway;
}

/** A model that takes a moment, in two pieces, so that a kill finds calls in every phase. Sessions that have reached it. */
function answering({ model }: Gateway): ReadonlySet<string> {
  const reached = new Set<string>();
  model.answer = async ({ headers }, response) => {
    model.reached.length = 0;
    reached.add(String(headers['x-countersign-session']));
    response.on('error', () => undefined);
    await pause(randomInt(15));
    response.writeHead(200, { 'content-type': 'text/plain' }).write('the number is 536-22-');
    await pause(randomInt(15));
    response.end('8726, as everybody knows');
  };
  return reached;
}

const missing = (sessions: Iterable<string>, trail: ReadonlyMap<string, readonly string[]>, type: string): string[] =>
  [...sessions].filter((session) => trail.get(session)?.includes(type) !== true);

function assertRecorded({ ledger }: Gateway, reached: ReadonlySet<string>): void {
  const now = [...reached];
  assert.deepEqual(missing(now, sessionTypes(ledger), 'session.opened'), [], 'forwarded without a record');
}

/** Once every session that was opened has its end. */
async function settledTrail({ ledger }: Gateway): Promise<Map<string, string[]>> {
  let trail = sessionTypes(ledger);
  await until('every session has its end', () => {
    trail = sessionTypes(ledger);
    return [...trail.values()].every((types) => types.at(-1) !== 'session.opened');
  });
  return trail;
}
