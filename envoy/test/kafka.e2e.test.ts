/** The whole way: real Envoy, real services, real Kafka. The broker stops, calls go on, it starts again, and everything arrives. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Broker, kafkaMissing, startBroker } from '@countersign/adapters/kafka/test/broker.ts';
import { parseStoredRecord } from '@countersign/core/ledger/stored-record.ts';
import { topics } from '@countersign/core/ledger/topics.ts';
import { call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { startThought } from './harness/phases.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';
import { at, readTrail, terminalOf } from './harness/trail.ts';

/** One endpoint more, whose calls go on only with the broker. */
const policy = assistantPolicy.replace(
  'rules:\n',
  `  - name: kept
    match: { host: models.bank.test, path: "/kept/**", methods: [POST] }
    api: text
    model: { name: echo }
    mask: { request: none, response: bank }
    record: { payload: sealed, durability: broker }
rules:
`,
);

const skip = kafkaMissing() ?? false;
let broker: Broker | undefined;
let gateway: Gateway;
before(async () => {
  if (skip !== false) return;
  broker = await startBroker();
  const configuration = `kafka: { brokers: ["${broker.address}"], partitions: 3, acknowledge_within: 3s }`;
  gateway = await startTestGateway({ policy, configuration });
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

const endOf = (session: string | string[] | undefined) => terminalOf(readTrail(gateway.ledger), String(session));

test('durability: broker while the broker is away: 503, nothing reaches the model, and it is on record; then calls go on', {
  skip,
}, async () => {
  assert.ok(broker);
  const token = await gateway.issuer.token('ana', ['analysts']);
  const ask = (path: string) => call({ port: gateway.port, path, token, body: 'text' });
  const answered = async (): Promise<boolean> => (await ask('/kept/a')).status === 200;
  await until('the sender has caught up', answered, 60_000);
  await broker.kill();
  gateway.model.reached.length = 0;
  const refused = await ask('/kept/a');
  assert.equal(refused.status, 503);
  assert.match(refused.body.toString(), /"record_unavailable"/);
  assert.equal(gateway.model.reached.length, 0);
  const ended = endOf(refused.headers['x-countersign-session']);
  assert.deepEqual([ended.type, at(ended, 'refusal', 'reason')], ['session.aborted', 'broker_unconfirmed']);
  assert.equal((await ask('/text/a')).status, 200, 'endpoints that do not ask for it go on');
  await broker.restart();
  await until('calls go on', answered, 60_000);
});

test('durability: broker, which dies while the model thinks: the end of the answer is never released', {
  skip,
}, async () => {
  assert.ok(broker);
  const token = await gateway.issuer.token('ana', ['analysts']);
  const thinking = await startThought(gateway, token, 'the answer', '/kept/a');
  await broker.kill();
  thinking.release();
  const answer = await thinking.answer;
  assert.ok(answer === 'cut' || !answer.complete);
  const last = readTrail(gateway.ledger)
    .filter(({ type }) => type === 'session.closed' || type === 'session.aborted')
    .slice(-2);
  assert.deepEqual(
    last.map((record) => record.type),
    ['session.closed', 'session.aborted'],
  );
  assert.equal(last[0]?.session, last[1]?.session);
  await broker.restart();
});
