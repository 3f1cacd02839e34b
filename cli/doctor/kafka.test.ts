import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createGate } from '@countersign/adapters/kafka/secured.testing.ts';
import { adminOf } from '@countersign/adapters/kafka/test/admin.ts';
import { type Broker, kafkaMissing, startBroker } from '@countersign/adapters/kafka/test/broker.ts';
import { kafkaConfig } from '@countersign/adapters/kafka/test/replica.ts';
import { type SecuredBroker, startSecuredBroker } from '@countersign/adapters/kafka/test/secured-broker.ts';
import type { KafkaConfig } from '@countersign/core/policy/config.ts';
import { checkKafka } from './kafka.ts';

const skip = kafkaMissing() ?? false;

/** `STATE ABOUT: DETAIL`, a check each. */
async function saidOf(config: Partial<KafkaConfig> & Pick<KafkaConfig, 'brokers'>): Promise<readonly string[]> {
  const kafka = kafkaConfig({ topicPrefix: 'doctor', partitions: 3, ...config });
  return (await checkKafka({ kafka })).map(({ state, about, detail }) => `${state} ${about}: ${detail}`);
}

test('without Kafka in the configuration nothing is said of it', async () => {
  assert.deepEqual(await checkKafka({ kafka: undefined }), []);
});

test('a cluster that is away is wrong, in words', async () => {
  const [said] = await saidOf({ brokers: ['127.0.0.1:1'] });
  assert.match(said ?? '', /^wrong Kafka login: .*no broker answers/);
});

describe('topics', { skip }, () => {
  let broker: Broker;
  before(async () => {
    broker = await startBroker();
  });
  after(() => broker.close());

  test('missing ones are told and not made; one that is too narrow or keeps too little is named', async () => {
    const admin = adminOf(broker);
    const absent = await saidOf({ brokers: [broker.address] });
    assert.deepEqual(absent[0], 'ok Kafka login: without a login, in clear: a cluster of 1');
    assert.equal(absent.filter((each) => each.startsWith('absent topic doctor.')).length, 6);
    await assert.rejects(admin.partitions('doctor.events.v1'), /does not host/, 'nothing was made');
    await admin.createTopic('doctor.events.v1', 1);
    await admin.createTopic('doctor.payloads.v1', 3, { 'cleanup.policy': 'compact' });
    const said = await saidOf({ brokers: [broker.address] });
    assert.match(said.join('\n'), /wrong topic doctor\.events\.v1: .*has 1 partition\(s\), needs 3/);
    assert.match(said.join('\n'), /warning topic doctor\.payloads\.v1: .*cleanup\.policy is compact, not delete/);
  });
});

describe('logins', { skip }, () => {
  let secured: SecuredBroker;
  before(async () => {
    secured = await startSecuredBroker();
  });
  after(() => secured.close());

  test('the right password is let in; a wrong one, and clear text where TLS is spoken, are told', async () => {
    const gate = createGate('kafkajs', () => secured);
    const brokers = [secured.login];
    const tls = gate.trusted();
    const right = await saidOf({ brokers, tls, sasl: gate.scram('SCRAM-SHA-512') });
    assert.equal(right[0], 'ok Kafka login: SCRAM-SHA-512, over TLS: a cluster of 1');
    const wrong = await saidOf({ brokers, tls, sasl: gate.scram('SCRAM-SHA-512', gate.secretFile('wrong password')) });
    assert.match(wrong.join(), /^wrong Kafka login: .*authentication|^wrong Kafka login: .*password/i);
    assert.equal(wrong.join().includes('wrong password'), false);
    const clear = await saidOf({ brokers });
    assert.match(clear.join(), /^wrong Kafka login: /);
  });
});
