/** The trail as a real Kafka has it: what a reader is told of it, and what no cluster may do to one. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import kafkajs, { type Admin } from 'kafkajs';
import { draft, ledgerFolder, open } from '../sqlite/test/ledgers.ts';
import { adminOf } from './test/admin.ts';
import { type Broker, kafkaMissing } from './test/broker.ts';
import {
  auditCopy,
  auditPrefix,
  type DeliveredTrail,
  deliver,
  isRecord,
  startDeliveredTrail,
  textOf,
  trailConfig,
} from './test/delivered-trail.ts';
import { trailTopics, writeTrail } from './test/trail-copy.ts';
import { readTrail } from './trail.ts';

const skip = kafkaMissing() ?? false;
describe('against a real broker', { skip, timeout: 600_000 }, () => {
  let trail: DeliveredTrail;
  let broker: Broker;
  before(async () => {
    trail = await startDeliveredTrail();
    broker = trail.broker;
  });
  after(() => trail.close());

  const kafkaOf = () =>
    new kafkajs.Kafka({ clientId: 'test', brokers: [broker.address], logLevel: kafkajs.logLevel.NOTHING });
  const withAdmin = async <T>(use: (admin: Admin) => Promise<T>): Promise<T> => {
    const admin = kafkaOf().admin();
    await admin.connect();
    return await use(admin).finally(() => admin.disconnect());
  };

  test('what the sink delivered verifies: every ledger closed, every record covered', async () => {
    const { exitCode, findings, ledgers, uncovered } = await auditPrefix(broker, 'whole');
    assert.deepEqual(findings, []);
    assert.equal(exitCode, 0);
    assert.deepEqual(
      ledgers.map(({ end, records }) => [end, records]),
      [
        ['closed', 82],
        ['closed', 82],
      ],
    );
    assert.deepEqual(
      uncovered,
      ledgers.map(() => ({ uncovered: 0, leftOut: 0 })),
    );
  });

  test('duplicates are no finding: the same bytes again, in any order', async () => {
    const { exitCode, duplicates } = await auditCopy(trail, (all) => [...all, ...all.toReversed()]);
    assert.equal(exitCode, 0);
    assert.ok(duplicates >= trail.messages.length);
  });

  test('a ledger that goes on is not closed as far as Kafka can tell, and what no checkpoint covers yet is counted', async (t) => {
    const directory = ledgerFolder(t);
    const ledger = await open(directory, { partitions: 3, publishEveryMs: 3_600_000 });
    await ledger.append([draft('session.opened', 's'), draft('payload.part', 's')]);
    await deliver(broker, directory, 'live');
    const { exitCode, reasons, ledgers, uncovered } = await auditPrefix(broker, 'live');
    assert.deepEqual(reasons, ['not_closed']);
    assert.equal(exitCode, 14);
    assert.equal(ledgers[0]?.end, 'unknown');
    assert.deepEqual(uncovered, [{ uncovered: 2, leftOut: 0 }]);
  });

  test('records that are in delivery are left out behind the first that is not there yet', async () => {
    const { firstLedger } = trail;
    const cut = await auditCopy(trail, (all) =>
      all.filter((message) => {
        if (!textOf(message).includes(firstLedger) || textOf(message).includes('"previous":{')) return false;
        if (message.topic === 'keys') return true;
        if (message.topic === 'checkpoints') return textOf(message).startsWith(`${firstLedger}\n1\n`);
        const { seq } = JSON.parse(textOf(message)).chain;
        return seq < 40 && seq !== 30;
      }),
    );
    assert.deepEqual(cut.reasons, ['not_closed']);
    assert.equal(cut.ledgers[0]?.records, 30);
    assert.deepEqual(cut.uncovered, [{ uncovered: 38, leftOut: 9 }]);
  });

  test('without the topic of checkpoints nothing verifies, and that it is missing is said', async () => {
    const { exitCode, reasons, topics } = await auditCopy(
      trail,
      (all) => all.filter(({ topic }) => topic !== 'checkpoints'),
      trailTopics.filter((topic) => topic !== 'checkpoints'),
    );
    assert.equal(exitCode, 13);
    assert.deepEqual(reasons, ['checkpoints_missing', 'no_checkpoint']);
    const missing = topics.filter(({ partitions }) => partitions === undefined);
    assert.deepEqual(
      missing.map(({ topic }) => topic),
      ['checkpoints'],
    );
  });

  test('the front of a topic that was deleted is a gap, and from where the topic is there is said', async () => {
    await writeTrail(broker, 'front', trail.messages);
    const topic = 'front.events.v1';
    const partition = trail.messages.find((message) => message.topic === 'events')?.partition ?? 0;
    await withAdmin(async (admin) => {
      await admin.fetchTopicOffsets(topic); // kafkajs deletes only of topics that it has asked about
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: '4' }] });
    });
    const { exitCode, reasons, topics } = await auditPrefix(broker, 'front');
    assert.equal(exitCode, 11);
    assert.deepEqual(reasons, ['records_missing']);
    const events = topics.find(({ name }) => name === topic)?.partitions ?? [];
    assert.equal(events[partition]?.begin, 4n);
  });

  test('ledgers whose records the topics did not have to keep any longer are counted, not missed', async () => {
    const { firstLedger } = trail;
    const isGone = (text: string): boolean => text.includes(firstLedger) && !text.includes('"previous":{');
    const { prefix, reasons } = await auditCopy(trail, (all) =>
      all.filter((message) => !isRecord(message) || !isGone(textOf(message))),
    );
    assert.deepEqual(reasons, ['no_records', 'tail_cut', 'tail_missing'], 'within the time they have to be there');
    const late = await auditPrefix(broker, prefix, { retentionMs: 1 });
    assert.deepEqual(late.expired, [firstLedger]);
    assert.deepEqual([late.exitCode, late.reasons], [0, []]);
  });

  test('what a transaction leaves at the end of a topic does not hold it up', async () => {
    await writeTrail(broker, 'transaction', trail.messages);
    const producer = kafkaOf().producer({ transactionalId: 'somebody', maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    for (const end of ['commit', 'abort'] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: 'transaction.keys.v1', messages: [{ partition: 0, value: end }] });
      await transaction[end]();
    }
    await producer.disconnect();
    const { findings, exitCode } = await auditPrefix(broker, 'transaction');
    assert.equal(exitCode, 10);
    assert.deepEqual([...new Set(findings.map(({ ledger }) => ledger))], ['transaction.keys.v1/0']);
  });

  test('nothing of the reader stays in the cluster: its group is gone', async () => {
    const { groups } = await withAdmin((admin) => admin.listGroups());
    assert.deepEqual(
      groups.filter(({ groupId }) => groupId.includes('-verify-')),
      [],
    );
  });

  test('who may not read a topic, or reaches no broker, is told so', async () => {
    const read = (topicPrefix: string, brokers = [broker.address]) =>
      readTrail(trailConfig(broker, topicPrefix, { brokers }), { onProgress: () => undefined });
    await writeTrail(broker, 'closed', trail.messages);
    await adminOf(broker).permit('closed.', ['DESCRIBE']);
    const forbidden = await read('closed');
    assert.equal(forbidden.ok || forbidden.error.reason, 'no_read_permission');
    const away = await read('whole', ['127.0.0.1:1']);
    assert.equal(away.ok || away.error.reason, 'broker_unreachable');
  });
});
