/**
 * What every client has to do, against a real broker: lose nothing, keep the order, say what is wrong, and leave topics alone. The
 * broker of a test is shared, so names of topics begin with the client's.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { isoTime } from '@countersign/core/ledger/time.ts';
import type { KafkaClientName, KafkaConfig } from '@countersign/core/policy/config.ts';
import { openSpool } from '../sqlite/spool.ts';
import type { SinkReason } from './problem.ts';
import type { SinkStatus } from './status.ts';
import type { ClusterAdmin } from './test/admin.ts';
import type { Broker } from './test/broker.ts';
import { type Fate, startFlakyProxy } from './test/flaky-proxy.ts';
import { createReplica, deliveredOnce, type Replica } from './test/replica.ts';

/** On a busy machine other troubles may come before it, and pass. */
export const isTold =
  (reason: SinkReason) =>
  (status: SinkStatus): boolean =>
    'reason' in status && status.reason === reason;

export const empty = ({ backlog, state, acknowledged }: SinkStatus): boolean =>
  state === 'connected' && backlog.records === 0 && acknowledged.records > 0;

export interface Cluster {
  readonly broker: Broker;
  readonly admin: ClusterAdmin;
}

/** After a test that failed while the broker was down, for the tests behind it. */
export async function bringBack(broker: Broker): Promise<void> {
  if (broker.pid === undefined) await broker.restart();
}

/** @param rounds how long the test with lost requests is: 2,000 records and 30 fates each */
export function deliveryContract(client: KafkaClientName, at: () => Cluster, rounds: number): void {
  const ours = (topic: string): string => `${client}-${topic}`;
  const create = (t: TestContext, prefix: string, own: Partial<KafkaConfig> = {}): Promise<Replica> =>
    createReplica(t, at().broker, ours(prefix), { client, ...own });

  test('everything the ledger holds arrives: exact bytes, keys and headers, in order, without a gap', async (t) => {
    const { broker } = at();
    const replica = await create(t, 'whole');
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

  test('the broker is killed in the middle: appends go on, nothing is lost, the order is kept', async (t) => {
    const { broker } = at();
    const replica = await create(t, 'outage');
    t.after(() => bringBack(broker));
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

  test('requests and answers are lost on the way, again and again: nothing is lost, only whole records come twice', async (t) => {
    const { broker } = at();
    const fates: Fate[] = Array.from({ length: 30 * rounds }, () => fateOf(Math.random()));
    const proxy = await startFlakyProxy(broker.proxy.port, broker.proxy.target, () => fates.pop() ?? 'forward');
    const replica = await create(t, 'flaky', { brokers: [`127.0.0.1:${broker.proxy.port}`] });
    t.after(() => proxy.close());
    for (let round = 0; round < rounds; round++) await replica.append(2_000);
    const sink = await replica.startSink();
    await sink.until(empty);
    assert.ok(proxy.cuts > 0);
    t.diagnostic(`${proxy.cuts} cuts, ${await replica.verifyDelivery(broker)} duplicates`);
  });

  test('a broker that hangs does not hang the closing, and what it did not confirm is sent by the next sink', async (t) => {
    const { broker } = at();
    const replica = await create(t, 'hung');
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
    const { admin } = at();
    const replica = await create(t, 'fresh');
    const sink = await replica.startSink();
    const { drift } = await sink.until(({ state }) => state === 'connected');
    assert.deepEqual([...new Set(drift.map(({ setting }) => setting))], ['replication.factor', 'min.insync.replicas']);
    assert.equal(drift.length, 2 * 6);
    assert.equal(await admin.partitions(ours('fresh.events.v1')), 3);
    assert.equal(await admin.partitions(ours('fresh.approvals.v1')), 1);
    const settings = ['cleanup.policy', 'message.timestamp.type', 'unclean.leader.election.enable', 'retention.ms'];
    assert.deepEqual(await admin.settings(ours('fresh.payloads.v1'), settings), [
      'delete',
      'LogAppendTime',
      'false',
      '86400000',
    ]);
  });

  test('settings of an existing topic that endanger the trail are reported, and left alone', async (t) => {
    const { admin } = at();
    await admin.createTopic(ours('drift.events.v1'), 3, { 'cleanup.policy': 'compact', 'retention.ms': '3600000' });
    const replica = await create(t, 'drift');
    const sink = await replica.startSink();
    const { drift } = await sink.until(({ state }) => state === 'connected');
    const own = drift.filter(({ topic }) => topic === ours('drift.events.v1'));
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
    assert.deepEqual(await admin.settings(ours('drift.events.v1'), ['cleanup.policy']), ['compact']);
  });

  test('WRITE and DESCRIBE on the topics are enough; without WRITE it says so, and goes on once it is granted', async (t) => {
    const { broker, admin } = at();
    const hourMs = 3_600_000;
    const replica = await create(t, 'rights', { acknowledgeWithinMs: hourMs });
    for (const topic of ['events', 'payloads', 'approvals', 'admin', 'checkpoints', 'keys'])
      await admin.createTopic(ours(`rights.${topic}.v1`), 3);
    await admin.permit(ours('rights.'), ['DESCRIBE']);
    const sink = await replica.startSink();
    await sink.until(isTold('no_write_permission'));
    assert.equal(await sink.reached(await replica.appendOne()), false, 'what waits for people is not waited for');
    await admin.permit(ours('rights.'), ['WRITE']);
    await replica.append(100);
    await sink.until(empty);
    await admin.permit(ours('rights.'), ['READ']);
    assert.equal(await replica.verifyDelivery(broker), 0);
  });

  test('a topic with too few partitions is refused in words, and used once it is wide enough', async (t) => {
    const { admin } = at();
    await admin.createTopic(ours('narrow.events.v1'), 1);
    const replica = await create(t, 'narrow');
    const sink = await replica.startSink();
    const refused = await sink.until(isTold('topic_has_too_few_partitions'));
    assert.ok('detail' in refused);
    assert.match(refused.detail, /-narrow\.events\.v1 has 1 partition\(s\), needs 3/);
    assert.equal(refused.acknowledged.records, 0);
    await admin.widen(ours('narrow.events.v1'), 3);
    await sink.until(({ state }) => state === 'connected');
  });

  test('a record that the topic does not take is named, what is behind it waits, and nothing is skipped', async (t) => {
    const { broker, admin } = at();
    await admin.createTopic(ours('large.events.v1'), 3, { 'max.message.bytes': '4000' });
    const replica = await create(t, 'large');
    const sink = await replica.startSink();
    const noise = randomBytes(6_000).toString('base64');
    const time = isoTime(Date.now());
    await replica.appendDrafts([{ type: 'session.closed', time, data: { noise } }]);
    await replica.append(50);
    await sink.until(isTold('record_too_large'));
    const named = await sink.until((status) => 'detail' in status && status.detail.includes(`${replica.ledger.id}/1,`));
    assert.ok(named.backlog.records > 0);
    await admin.setOnly(ours('large.events.v1'), 'max.message.bytes', '1048588');
    await sink.until(empty);
    assert.equal(await replica.verifyDelivery(broker), 0);
  });
}

/** Most are lost: clients try three times by themselves, and only beyond that has the sink to prove itself. */
function fateOf(random: number): Fate {
  if (random < 0.25) return 'lose_request';
  return random < 0.75 ? 'lose_answer' : 'forward';
}

/** Asks again for what is slow on a busy machine, never for what is wrong. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}

export function backlogOf({ spool }: Replica): number {
  const opened = openSpool(spool);
  try {
    return opened.backlog().records;
  } finally {
    opened.close();
  }
}
