/** Full speed: every call has exactly one end in the trail, and Envoy counts the same. */
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { after, before, test } from 'node:test';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { readTrail, terminalTypes } from './harness/trail.ts';

const calls = 5_000;
const concurrency = 32;

let gateway: Gateway;
before(async () => {
  gateway = await startTestGateway({ policy: assistantPolicy });
});
after(() => gateway.stop());

test(`${calls} calls at full speed: no 5xx, and as many ends in the trail as Envoy completed requests`, async () => {
  const token = await gateway.issuer.token('ana', ['analysts']);
  const answer = JSON.stringify({
    id: 'c',
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: 'SSN 536-22-8726. '.repeat(20) } }],
  });
  gateway.model.answer = (reached, response) => {
    gateway.model.reached.length = 0;
    assert.ok(reached.headers['x-countersign-session']);
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
  };
  const body = JSON.stringify({ model: 'bank-assistant', messages: [{ role: 'user', content: 'x'.repeat(900) }] });
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const statuses = new Map<number, number>();
  let started = 0;
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = { host: 'models.bank.test', authorization: `Bearer ${token}`, 'content-length': body.length };
      const outgoing = request(
        { host: '127.0.0.1', port: gateway.port, path: '/v1/chat/completions', method: 'POST', agent, headers },
        (response) => {
          statuses.set(response.statusCode ?? 0, (statuses.get(response.statusCode ?? 0) ?? 0) + 1);
          response.resume().on('end', resolve).on('error', reject);
        },
      );
      outgoing.on('error', reject).end(body);
    });
  const caller = async (): Promise<void> => {
    while (started++ < calls) await one();
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  agent.destroy();

  assert.deepEqual([...statuses], [[200, calls]]);
  const ended = new Set(
    readTrail(gateway.ledger)
      .filter((record) => terminalTypes.some((type) => type === record.type))
      .map((record) => record.session),
  );
  assert.equal(ended.size, await gateway.stat('http.countersign.downstream_rq_completed'));
  assert.equal(ended.size, calls);
});
