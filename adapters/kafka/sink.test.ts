import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { openSpool } from '../sqlite/spool.ts';
import type { SinkReason } from './problem.ts';
import type { SinkStatus } from './status.ts';
import { adminOf, type ClusterAdmin } from './test/admin.ts';
import { authorizer, type Broker, kafkaMissing, startBroker } from './test/broker.ts';
import { type Fate, startFlakyProxy } from './test/flaky-proxy.ts';
import { createReplica, createTestSink, deliveredOnce, kafkaConfig, type Replica } from './test/replica.ts';

/** On a busy machine other troubles may come before it, and pass. */
const isTold =
  (reason: SinkReason) =>
  (status: SinkStatus): boolean =>
    'reason' in status && status.reason === reason;

const empty = ({ backlog, state, acknowledged }: SinkStatus) =>
  state === 'connected' && backlog.records === 0 && acknowledged.records > 0;

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
  /** After a test that failed while the broker was down, for the tests behind it. */
  const bringBack = async () => {
    if (broker.pid === undefined) await broker.restart();
  };

  test('everything the ledger holds arrives: exact bytes, keys and headers, in order, without a gap', async (t) => {
    const replica = await createReplica(t, broker, 'whole');
    const sink = await replica.startSink();
    for (let round = 0; round < 10; round++) await replica.append(100);
    await replica.ledger.close('test');
    await sink.until(({ acknowledged }) => acknowledged.records === 1_002);
    await deliveredOnce(replica, sink, broker);
    const { acknowledged } = sink.status();
    // Which of the topics is done last is a matter of speed; what lies there is not.
    const { last } = acknowledged;
    assert.ok(last);
    const there = (await broker.readAll(last.topic)).find(
      ({ partition, offset }) => partition === last.partition && offset === last.offset,
    );
    assert.equal(there?.headers['ce_id'], `${replica.ledger.id}/${last.seq}`);
  });

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
    await sink.until(isTold('broker_unreachable'));
    await broker.restart();
    await sink.until(({ acknowledged }) => acknowledged.records === 1_101);
    await replica.verifyDelivery(broker);
  });

  test('a record is confirmed when the broker has it and all before it; while it is away, nothing is, within bounds', async (t) => {
    const replica = await createReplica(t, broker, 'confirmed', { acknowledgeWithinMs: 500 });
    t.after(bringBack);
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

  test('missing topics are created as a trail needs them; that one broker keeps one copy is said, as nothing else is wrong', async (t) => {
    const replica = await createReplica(t, broker, 'fresh');
    const sink = await replica.startSink();
    const { drift } = await sink.until(({ state }) => state === 'connected');
    assert.deepEqual([...new Set(drift.map(({ setting }) => setting))], ['replication.factor', 'min.insync.replicas']);
    assert.equal(drift.length, 2 * 6);
    assert.equal(await admin.partitions('fresh.events.v1'), 3);
    assert.equal(await admin.partitions('fresh.approvals.v1'), 1);
    const settings = ['cleanup.policy', 'message.timestamp.type', 'unclean.leader.election.enable', 'retention.ms'];
    assert.deepEqual(await admin.settings('fresh.payloads.v1', settings), [
      'delete',
      'LogAppendTime',
      'false',
      '86400000',
    ]);
  });

  test('settings of an existing topic that endanger the trail are reported, and left alone', async (t) => {
    await admin.createTopic('drift.events.v1', 3, { 'cleanup.policy': 'compact', 'retention.ms': '3600000' });
    const replica = await createReplica(t, broker, 'drift');
    const sink = await replica.startSink();
    const { drift } = await sink.until(({ state }) => state === 'connected');
    const own = drift.filter(({ topic }) => topic === 'drift.events.v1');
    assert.deepEqual(
      own.map(({ setting, expected, actual }) => [setting, expected, actual]),
      [
        ['replication.factor', 'at least 3', '1'],
        ['cleanup.policy', 'delete', 'compact'],
        ['message.timestamp.type', 'LogAppendTime', 'CreateTime'],
        ['min.insync.replicas', 'at least 2', '1'],
        ['retention.ms', 'at least 86400000', '3600000'],
      ],
    );
    assert.deepEqual(await admin.settings('drift.events.v1', ['cleanup.policy']), ['compact']);
  });

  test('WRITE and DESCRIBE on the topics are enough; without WRITE it says so, and goes on once it is granted', async (t) => {
    const hourMs = 3_600_000;
    const replica = await createReplica(t, broker, 'rights', { acknowledgeWithinMs: hourMs });
    for (const topic of ['events', 'payloads', 'approvals', 'admin', 'checkpoints', 'keys'])
      await admin.createTopic(`rights.${topic}.v1`, 3);
    await admin.permit('rights.', ['DESCRIBE']);
    const sink = await replica.startSink();
    await sink.until(isTold('no_write_permission'));
    assert.equal(await sink.reached(await replica.appendOne()), false, 'what waits for people is not waited for');
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
    const refused = await sink.until(isTold('topic_has_too_few_partitions'));
    assert.ok('detail' in refused);
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
    await sink.until(isTold('record_too_large'));
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
    const refused = await sink.until(isTold('topic_missing'));
    assert.ok('detail' in refused);
    assert.match(refused.detail, /absent\.events\.v1 does not exist and we may not create it/);
  });
});

/** Most are lost: kafkajs tries three times by itself, and only beyond that has the sink to prove itself. */
function fateOf(random: number): Fate {
  if (random < 0.25) return 'lose_request';
  return random < 0.75 ? 'lose_answer' : 'forward';
}

/** Asks again for what is slow on a busy machine, never for what is wrong. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}

function backlogOf({ spool }: Replica): number {
  const opened = openSpool(spool);
  try {
    return opened.backlog().records;
  } finally {
    opened.close();
  }
}
