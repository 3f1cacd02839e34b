import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { openSpool } from '../sqlite/spool.ts';
import type { SinkStatus } from './status.ts';
import { adminOf, type ClusterAdmin } from './test/admin.ts';
import { type Broker, kafkaMissing, startBroker } from './test/broker.ts';
import { type Fate, startFlakyProxy } from './test/flaky-proxy.ts';
import { createReplica, createTestSink, type Replica, type TestSink } from './test/replica.ts';

const empty = ({ backlog, state, acknowledged }: SinkStatus) =>
  state === 'connected' && backlog.records === 0 && acknowledged.records > 0;

test('a sender that dies says so, is started again, and closing does not wait for it', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-sink-'));
  const spool = { directory, service: 'proc-service', replica: 'replica-0' };
  const ledgers = join(directory, spool.service, spool.replica);
  mkdirSync(ledgers, { recursive: true });
  writeFileSync(join(ledgers, '01K9ZZZZZZZZZZZZZZZZZZZZZZ.db'), 'not a database');
  const config = { brokers: ['127.0.0.1:1'], clientId: 'countersign', topicPrefix: 'countersign', partitions: 1 };
  const sink = createTestSink(config, spool);
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

/** Topics that no access rule names stay open to everyone. */
const authorization = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': true,
};

const skip = kafkaMissing() ?? false;
describe('against a real broker', { skip, timeout: 240_000 }, () => {
  let broker: Broker;
  let admin: ClusterAdmin;
  before(async () => {
    broker = await startBroker({ properties: authorization });
    admin = adminOf(broker);
  });
  after(() => broker.close());
  /** After a test that failed while the broker was down, for the tests behind it. */
  const bringBack = async () => {
    if (broker.pid === undefined) await broker.restart();
  };

  /** A broker that is too busy to answer in time is asked again, and what it had written then is there twice. */
  const deliveredOnce = async (replica: Replica, { statuses }: TestSink) => {
    const duplicates = await replica.verifyDelivery(broker);
    if (!statuses.some(({ state }) => state === 'retrying')) assert.equal(duplicates, 0);
  };

  test('everything the ledger holds arrives: exact bytes, keys and headers, in order, without a gap', async (t) => {
    const replica = await createReplica(t, broker, 'whole');
    const sink = await replica.startSink();
    for (let round = 0; round < 10; round++) await replica.append(100);
    await replica.ledger.close('test');
    await sink.until(({ acknowledged }) => acknowledged.records === 1_002);
    await deliveredOnce(replica, sink);
    const { acknowledged } = sink.status();
    assert.deepEqual([acknowledged.last?.seq, acknowledged.last?.topic], [1_001, 'whole.admin.v1']);
  });

  test('closing delivers what is still waiting', async (t) => {
    const replica = await createReplica(t, broker, 'flush');
    const sink = await replica.startSink();
    await replica.append(2_000);
    await replica.ledger.close('test');
    await sink.close(30_000);
    assert.deepEqual(sink.status().backlog, { records: 0, oldest: undefined });
    await deliveredOnce(replica, sink);
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

  test('the broker is killed in the middle: appends go on, nothing is lost, the order is kept', async (t) => {
    const replica = await createReplica(t, broker, 'outage');
    t.after(bringBack);
    const sink = await replica.startSink();
    await replica.append(300);
    await sink.until(({ acknowledged }) => acknowledged.records > 0);
    const writing = (async () => {
      for (let round = 0; round < 10; round++) await replica.append(50);
    })();
    await broker.kill();
    await writing;
    await replica.append(300);
    const down = await sink.until(({ state }) => state === 'retrying');
    assert.ok('reason' in down);
    assert.equal(down.reason, 'broker_unreachable', down.detail);
    await broker.restart();
    await sink.until(({ acknowledged }) => acknowledged.records === 1_101);
    await replica.verifyDelivery(broker);
  });

  test('requests and answers are lost on the way, again and again: nothing is lost, only whole records come twice', async (t) => {
    const fates: Fate[] = Array.from({ length: 30 }, () => fateOf(Math.random()));
    const proxy = await startFlakyProxy(broker.proxy.port, broker.proxy.target, () => fates.pop() ?? 'forward');
    const replica = await createReplica(t, { address: `127.0.0.1:${broker.proxy.port}` }, 'flaky');
    t.after(() => proxy.close());
    await replica.append(2_000);
    const sink = await replica.startSink();
    await sink.until(empty);
    assert.ok(proxy.cuts > 0);
    t.diagnostic(`${proxy.cuts} cuts, ${await replica.verifyDelivery(broker)} duplicates`);
  });

  test('a broker that is down from the start is no error: closing returns, and the next sink delivers', async (t) => {
    t.after(bringBack);
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

  test('a broker that hangs does not hang the closing, and what it did not confirm is sent by the next sink', async (t) => {
    const replica = await createReplica(t, broker, 'hung');
    const first = await replica.startSink();
    await first.until(empty);
    const { pid } = broker;
    assert.ok(pid);
    process.kill(pid, 'SIGSTOP');
    try {
      await replica.append(100);
      await first.close(500);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    assert.equal(backlogOf(replica), 100);
    const second = await replica.startSink();
    await second.until(empty);
    await replica.verifyDelivery(broker);
  });

  test('missing topics are created: as wide as configured, never compacted, with the time of the broker', async (t) => {
    const replica = await createReplica(t, broker, 'fresh');
    const sink = await replica.startSink();
    const { drift } = await sink.until(({ state }) => state === 'connected');
    assert.deepEqual(drift, []);
    assert.equal(await admin.partitions('fresh.events.v1'), 3);
    assert.equal(await admin.partitions('fresh.approvals.v1'), 1);
    const settings = ['cleanup.policy', 'message.timestamp.type'];
    assert.deepEqual(await admin.settings('fresh.payloads.v1', settings), ['delete', 'LogAppendTime']);
  });

  test('settings of an existing topic that endanger the trail are reported, and left alone', async (t) => {
    await admin.createTopic('drift.events.v1', 3, { 'cleanup.policy': 'compact' });
    const replica = await createReplica(t, broker, 'drift');
    const sink = await replica.startSink();
    const { drift } = await sink.until(({ state }) => state === 'connected');
    const topic = 'drift.events.v1';
    assert.deepEqual(drift, [
      { topic, setting: 'cleanup.policy', expected: 'delete', actual: 'compact' },
      { topic, setting: 'message.timestamp.type', expected: 'LogAppendTime', actual: 'CreateTime' },
    ]);
    assert.deepEqual(await admin.settings(topic, ['cleanup.policy']), ['compact']);
  });

  test('WRITE and DESCRIBE on the topics are enough; without WRITE it says so, and goes on once it is granted', async (t) => {
    const replica = await createReplica(t, broker, 'rights');
    for (const topic of ['events', 'payloads', 'approvals', 'admin']) await admin.createTopic(`rights.${topic}.v1`, 3);
    await admin.permit('rights.', ['DESCRIBE']);
    const sink = await replica.startSink();
    const refused = await sink.until(({ state }) => state === 'blocked');
    assert.ok('detail' in refused);
    assert.equal(refused.reason, 'no_write_permission');
    await admin.permit('rights.', ['WRITE']);
    await replica.append(100);
    await sink.until(empty);
    await admin.permit('rights.', ['READ']);
    assert.equal(await replica.verifyDelivery(broker), 0);
  });

  test('a topic with too few partitions is refused in words, and used once it is wide enough', async (t) => {
    await admin.createTopic('narrow.events.v1', 1);
    const replica = await createReplica(t, broker, 'narrow');
    const sink = await replica.startSink();
    const refused = await sink.until(({ state }) => state === 'blocked');
    assert.ok('detail' in refused);
    assert.equal(refused.reason, 'topic_has_too_few_partitions');
    assert.match(refused.detail, /narrow\.events\.v1 has 1 partition\(s\), needs 3/);
    assert.equal(refused.acknowledged.records, 0);
    await admin.widen('narrow.events.v1', 3);
    await sink.until(({ state }) => state === 'connected');
  });

  test('a record that the topic does not take is named, what is behind it waits, and nothing is skipped', async (t) => {
    await admin.createTopic('large.events.v1', 3, { 'max.message.bytes': '4000' });
    const replica = await createReplica(t, broker, 'large');
    const sink = await replica.startSink();
    const noise = randomBytes(6_000).toString('base64');
    const time = isoTime(Date.now());
    await replica.appendDrafts([{ type: 'session.closed', time, data: { noise } }]);
    await replica.append(50);
    const blocked = await sink.until(({ state }) => state === 'blocked');
    assert.ok('detail' in blocked);
    assert.equal(blocked.reason, 'record_too_large');
    const named = await sink.until((status) => 'detail' in status && status.detail.includes(`${replica.ledger.id}/1,`));
    assert.ok(named.backlog.records > 0);
    await admin.setOnly('large.events.v1', 'max.message.bytes', '1048588');
    await sink.until(empty);
    assert.equal(await replica.verifyDelivery(broker), 0);
  });

  // Last, as it changes the rights of the whole cluster.
  test('topics that are missing and may not be created are named', async (t) => {
    await admin.permit('absent.', ['DESCRIBE', 'WRITE']);
    await admin.forbidCreating();
    const replica = await createReplica(t, broker, 'absent');
    const sink = await replica.startSink();
    const refused = await sink.until(({ state }) => state === 'blocked');
    assert.ok('detail' in refused);
    assert.equal(refused.reason, 'topic_missing');
    assert.match(refused.detail, /absent\.events\.v1 does not exist and we may not create it/);
  });
});

/** Most are lost: kafkajs tries three times by itself, and only beyond that has the sink to prove itself. */
function fateOf(random: number): Fate {
  if (random < 0.25) return 'lose_request';
  return random < 0.75 ? 'lose_answer' : 'forward';
}

function backlogOf({ spool }: Replica): number {
  const opened = openSpool(spool);
  try {
    return opened.backlog().records;
  } finally {
    opened.close();
  }
}
