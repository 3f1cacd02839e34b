/**
 * Exchanges that outlast Envoy's cache of gRPC clients (50 s without a new stream) on an otherwise silent worker. Anything that
 * keeps a Process stream alive longer than the filter it belongs to then speaks to freed memory: ADR 0007. Each case has an Envoy
 * of its own, as the first other call would renew the cache entry; they wait side by side.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';
import { readTrail } from './harness/trail.ts';

/** More than Envoy's 50 s, less than the minute after which a caller of these tests gives up. */
const longMs = 53_000;
const leaveMs = 52_000;
const policy = assistantPolicy.replace('wait: 20s', 'wait: 60s');

const heldBody = JSON.stringify({
  inputs: [{ name: 'x', shape: [200, 1], datatype: 'FP64', data: Array.from({ length: 200 }, () => 0.5) }],
});

interface Setting {
  readonly gateway: Gateway;
  readonly token: string;
}

async function quietEnvoy(t: TestContext): Promise<Setting> {
  const gateway = await startTestGateway({ policy, envoyWorkers: 1 });
  t.after(() => gateway.stop());
  return { gateway, token: await gateway.issuer.token('ana', ['analysts']) };
}

/** What `work` comes to; when it fails, how Envoy ended is said first. */
async function throughEnvoy<T>({ gateway }: Setting, work: Promise<T>): Promise<T> {
  const { child, log } = gateway.envoy;
  try {
    return await work;
  } catch (cause) {
    // The connection breaks a moment before the process is gone.
    await Promise.race([once(child, 'exit'), pause(1000)]);
    throw new Error(`Envoy ended with ${child.exitCode ?? child.signalCode}\n${log()}`, { cause });
  }
}

/**
 * Still serving, and ended by us. Damage shows when the freed memory is used again, so there are some more calls, and the end of
 * the process is looked at as well.
 */
async function assertUnharmed(setting: Setting): Promise<void> {
  const { gateway, token } = setting;
  gateway.model.answer = (_, response) => void response.end('still here');
  for (let count = 0; count < 20; count += 1) {
    const answer = await throughEnvoy(setting, call({ port: gateway.port, path: '/text/after', token }));
    assert.equal(answer.status, 200);
    assert.equal(answer.body.toString(), 'still here');
  }
  assert.equal(await gateway.envoy.end('SIGTERM'), 0, gateway.envoy.log());
}

suite('on a silent Envoy, after more than 50 s', { concurrency: true }, () => {
  test('the answer of a model that thought that long arrives, and Envoy lives', async (t) => {
    const setting = await quietEnvoy(t);
    setting.gateway.model.answer = async (_, response) => {
      await pause(longMs);
      response.end('thought through');
    };
    const { port } = setting.gateway;
    const answer = await throughEnvoy(setting, call({ port, path: '/text/slow', token: setting.token }));
    assert.equal(answer.status, 200);
    assert.equal(answer.body.toString(), 'thought through');
    await assertUnharmed(setting);
  });

  test('a hold that nobody decides ends in 409, and Envoy lives', async (t) => {
    const setting = await quietEnvoy(t);
    const { port } = setting.gateway;
    const headers = { prefer: `wait=${longMs / 1000}` };
    const held = call({ port, path: '/v2/models/credit/infer', token: setting.token, headers, body: heldBody });
    const answer = await throughEnvoy(setting, held);
    assert.equal(answer.status, 409);
    assert.equal(setting.gateway.model.reached.length, 0);
    await assertUnharmed(setting);
  });

  test('a caller who leaves a hold is recorded as aborted, and Envoy lives', async (t) => {
    const setting = await quietEnvoy(t);
    const { gateway, token } = setting;
    const leave = AbortSignal.timeout(leaveMs);
    const left = call({ port: gateway.port, path: '/v2/models/credit/infer', token, body: heldBody, signal: leave });
    await assert.rejects(left, { name: 'AbortError' });
    await until('the session is recorded as aborted', () =>
      readTrail(gateway.ledger).some((record) => record.type === 'session.aborted'),
    );
    assert.equal(gateway.model.reached.length, 0);
    await assertUnharmed(setting);
  });
});
