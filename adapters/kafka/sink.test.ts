/** The sink against a real broker: with each client what depends on it, and once what does not. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { kafkaClients } from '@countersign/core/policy/config.ts';
import { times } from '@countersign/envoy/test/harness/tier.ts';
import { clientContract } from './client.testing.ts';
import { backlogOf, bringBack, deliveryContract, empty, isTold, until } from './delivery.testing.ts';
import { adminOf, type ClusterAdmin } from './test/admin.ts';
import { authorizer, type Broker, kafkaMissing, startBroker } from './test/broker.ts';
import { createReplica, createTestSink, deliveredOnce, kafkaConfig } from './test/replica.ts';

test('a sender that dies says so, is started again, and closing does not wait for it', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-sink-'));
  const spool = { directory, service: 'proc-service', replica: 'replica-0' };
  const ledgers = join(directory, spool.service, spool.replica);
  mkdirSync(ledgers, { recursive: true });
  writeFileSync(join(ledgers, '01K9ZZZZZZZZZZZZZZZZZZZZZZ.db'), 'not a database');
  const sink = createTestSink(kafkaConfig({ brokers: ['127.0.0.1:1'] }), spool);
  t.after(async () => {
    await sink.close(0);
    rmSync(directory, { recursive: true, force: true });
  });
  await sink.start();
  const twice = await sink.until((status) => 'attempts' in status && status.attempts >= 2);
  assert.equal('reason' in twice && twice.reason, 'sender_failed');
  await sink.close(1_000);
  assert.equal(sink.status().state, 'closed');
});

const skip = kafkaMissing() ?? false;
describe('against a real broker', { skip, timeout: 480_000 }, () => {
  let broker: Broker;
  let admin: ClusterAdmin;
  before(async () => {
    broker = await startBroker({ properties: authorizer });
    admin = adminOf(broker);
  });
  after(() => broker.close());

  for (const client of kafkaClients) {
    describe(client, () => {
      clientContract(client, () => broker);
      deliveryContract(client, () => ({ broker, admin }), times(10, 1));
    });
  }

  test('closing delivers what is still waiting', async (t) => {
    const replica = await createReplica(t, broker, 'flush');
    const sink = await replica.startSink();
    await replica.append(2_000);
    await replica.ledger.close('test');
    await sink.close(30_000);
    assert.deepEqual(sink.status().backlog, { records: 0, oldest: undefined });
    await deliveredOnce(replica, sink, broker);
  });

  test('a sink that is cut off in the middle is resumed by the next one after the last acknowledged record', async (t) => {
    const replica = await createReplica(t, broker, 'resume');
    const first = await replica.startSink();
    const writing = (async () => {
      for (let round = 0; round < 20; round++) await replica.append(150);
    })();
    await first.until(({ acknowledged }) => acknowledged.records > 0);
    await first.close(0);
    await writing;
    // A fast sink may have delivered everything up to here: what follows is there for the next one, however the two raced.
    await replica.append(150);
    const left = backlogOf(replica);
    assert.ok(left >= 150 && left < 3_151, `the first one delivered a part, ${left} are left`);
    const second = await replica.startSink();
    await second.until(empty);
    const duplicates = await replica.verifyDelivery(broker);
    assert.ok(duplicates <= 200, `at most the one batch that was on its way came twice, not ${duplicates}`);
    assert.equal(second.status().acknowledged.records, left);
  });

  test('a record is confirmed when the broker has it and all before it; while it is away, nothing is, within bounds', async (t) => {
    const replica = await createReplica(t, broker, 'confirmed', { acknowledgeWithinMs: 500 });
    t.after(() => bringBack(broker));
    const sink = await replica.startSink();
    await replica.append(300);
    const first = await replica.appendOne();
    await until(async () => await sink.reached(first));
    assert.equal(backlogOf(replica), 0);
    await broker.kill();
    const second = await replica.appendOne();
    assert.equal(await sink.reached(second), false);
    assert.equal(await sink.reached(first), true, 'what was there is not forgotten');
    await broker.restart();
    await until(async () => await sink.reached(second));
    assert.equal(backlogOf(replica), 0);
  });

  test('a broker that is down from the start is no error: closing returns, and the next sink delivers', async (t) => {
    t.after(() => bringBack(broker));
    await broker.stop();
    const replica = await createReplica(t, broker, 'down');
    const early = await replica.startSink();
    await replica.append(100);
    await early.until((status) => 'attempts' in status && status.attempts >= 2);
    await early.close(1_000);
    assert.equal(early.status().state, 'closed');
    assert.equal(early.status().backlog.records, 101);
    assert.equal(backlogOf(replica), 101);
    await broker.restart();
    const late = await replica.startSink();
    await late.until(empty);
    assert.equal(await replica.verifyDelivery(broker), 0);
  });

  // Last, as it changes the rights of the whole cluster.
  for (const client of kafkaClients) {
    test(`${client}: topics that are missing and may not be created are named`, async (t) => {
      await admin.permit(`${client}-absent.`, ['DESCRIBE', 'WRITE']);
      await admin.forbidCreating();
      const replica = await createReplica(t, broker, `${client}-absent`, { client });
      const sink = await replica.startSink();
      const refused = await sink.until(isTold('topic_missing'));
      assert.ok('detail' in refused);
      assert.match(refused.detail, /-absent\.events\.v1 does not exist and we may not create it/);
    });
  }
});
