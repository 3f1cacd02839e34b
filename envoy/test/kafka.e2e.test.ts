/** The whole way: real Envoy, real services, real Kafka. The broker stops, calls go on, it starts again, and everything arrives. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Broker, kafkaMissing, startBroker } from '@countersign/adapters/kafka/test/broker.ts';
import { parseStoredRecord } from '@countersign/core/ledger/stored-record.ts';
import { topics } from '@countersign/core/ledger/topics.ts';
import { call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';
import { readTrail } from './harness/trail.ts';

const skip = kafkaMissing() ?? false;
let broker: Broker | undefined;
let gateway: Gateway;
before(async () => {
  if (skip !== false) return;
  broker = await startBroker();
  const configuration = `kafka: { brokers: ["${broker.address}"], partitions: 3 }`;
  gateway = await startTestGateway({ policy: assistantPolicy, configuration });
});
after(async () => {
  if (broker === undefined) return;
  await gateway.stop();
  await broker.close();
});

/** (ledger, seq) → what arrived first under it. Duplicates are the same bytes, or the test fails. */
async function delivered(from: Broker): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const topic of topics) {
    for (const { value } of await from.readAll(`countersign.${topic}.v1`)) {
      const parsed = parseStoredRecord(value);
      assert.ok(parsed.ok);
      const place = `${parsed.value.chain.ledger}/${parsed.value.chain.seq}`;
      const text = Buffer.from(value).toString();
      assert.equal(found.get(place) ?? text, text);
      found.set(place, text);
    }
  }
  return found;
}

test('an outage of the broker in the middle: calls go on, nothing is lost, duplicates can be removed', {
  skip,
}, async () => {
  assert.ok(broker);
  const token = await gateway.issuer.token('ana', ['analysts']);
  const calls = async (count: number): Promise<void> => {
    for (let sent = 0; sent < count; sent++) {
      const answer = await call({ port: gateway.port, path: '/text/a', token, body: `call ${sent}` });
      assert.equal(answer.status, 200);
    }
  };
  await calls(10);
  await broker.kill();
  await calls(20);
  await broker.restart();
  await calls(10);
  const written = readTrail(gateway.ledger);
  const from = broker;
  let arrived = new Map<string, string>();
  await until(
    'every record of both services has arrived',
    async () => {
      // A broker that has just started still loads its groups: to be asked again.
      arrived = await delivered(from).catch((error: unknown) => {
        if (error instanceof Error && 'retriable' in error && error.retriable === true)
          return new Map<string, string>();
        throw error;
      });
      return written.every(({ chain }) => arrived.has(`${chain.ledger}/${chain.seq}`));
    },
    60_000,
  );
  assert.equal(written.filter((record) => record.type === 'session.closed').length, 40);
});
