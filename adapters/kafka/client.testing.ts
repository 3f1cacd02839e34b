/** What every client does by itself, without the sink around it, against a real broker. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaClientName } from '@countersign/core/policy/config.ts';
import type { KafkaClient } from './client.ts';
import { clients } from './clients.ts';
import type { SinkMessage } from './message.ts';
import { explain } from './problem.ts';
import type { Broker } from './test/broker.ts';
import { freePort } from './test/ports.ts';
import { kafkaConfig } from './test/replica.ts';

/** For the event loop to do what it has been told, on a busy machine too. */
const settleMs = 500;
const inClear = { tls: undefined, sasl: undefined };

function messages(partition: number, ...values: readonly string[]): readonly SinkMessage[] {
  return values.map((value) => ({ key: 'k', value: Buffer.from(value), partition, headers: { h: 'v' } }));
}

export function clientContract(name: KafkaClientName, at: () => Broker): void {
  const topic = `${name}-client.v1`;

  const open = async (brokers: readonly string[], onLost = () => {}): Promise<KafkaClient> =>
    (await clients[name]())(kafkaConfig({ brokers }), inClear, onLost);

  /** Connected, with a topic of two partitions. */
  const connect = async (brokers: readonly string[], onLost = () => {}): Promise<KafkaClient> => {
    const client = await open(brokers, onLost);
    const settings = { 'cleanup.policy': 'delete' };
    await client.inspect((topics) => topics.create({ topic, partitions: 2, copies: 1, settings }));
    await client.connect();
    return client;
  };

  test('a topic that is missing is told apart, and one that somebody else has just made is as good as made', async (t) => {
    const client = await open([at().address]);
    t.after(() => client.discard());
    await client.inspect(async (topics) => {
      assert.equal(await topics.countBrokers(), 1);
      const missing = await topics.shapeOf(`${topic}-missing`).catch((error: unknown) => explain(error, 'topic'));
      assert.equal('reason' in missing && missing.reason, 'topic_missing');
      const settings = { 'cleanup.policy': 'compact' };
      const wanted = { topic: `${topic}-twice`, partitions: 2, copies: 1, settings };
      await topics.create(wanted);
      await topics.create(wanted);
      assert.deepEqual(await topics.shapeOf(wanted.topic), { width: 2, copies: 1 });
      assert.deepEqual([...(await topics.settings(wanted.topic, ['cleanup.policy']))], [['cleanup.policy', 'compact']]);
    });
  });

  test('an answer names the one partition and where its first record lies', async (t) => {
    const client = await connect([at().address]);
    t.after(() => client.discard());
    const written = { topic, partition: 1, errorCode: 0 };
    assert.deepEqual(await client.send(topic, messages(1, 'a', 'b')), [{ ...written, baseOffset: '0' }]);
    assert.deepEqual(await client.send(topic, messages(1, 'c')), [{ ...written, baseOffset: '2' }]);
    const there = await at().readAll(topic);
    assert.deepEqual(
      there.map(({ partition, value }) => [partition, value.toString()]),
      [
        [1, 'a'],
        [1, 'b'],
        [1, 'c'],
      ],
    );
  });

  test('a partition that does not exist gets nothing, and no other one gets it instead', async (t) => {
    const client = await connect([at().address]);
    t.after(() => client.discard());
    const before = await at().readAll(topic);
    const answer = await client.send(topic, messages(7, 'x')).catch((error: unknown) => explain(error, 'topic'));
    assert.ok('reason' in answer || answer.length === 0, JSON.stringify(answer));
    assert.deepEqual(await at().readAll(topic), before);
  });

  test('one of several addresses that is away does not count as a connection that was lost', async (t) => {
    const away = `127.0.0.1:${await freePort()}`;
    let lost = 0;
    const client = await connect([away, at().address], () => {
      lost += 1;
    });
    t.after(() => client.discard());
    await client.send(topic, messages(0, 'd'));
    assert.equal(lost, 0);
  });

  test('a client that is thrown away leaves no socket and no timer behind, and is not told that it lost anything', async () => {
    const handles = () => process.getActiveResourcesInfo().filter((kind) => /TCP|TLS|Timeout/.test(kind)).length;
    // Those of the tests before are gone first.
    await sleep(settleMs);
    const before = handles();
    const client = await connect([at().address], () => assert.fail('nothing was lost'));
    await client.send(topic, messages(0, 'e'));
    assert.ok(handles() > before);
    client.discard();
    await sleep(settleMs);
    assert.equal(handles(), before);
  });
}
