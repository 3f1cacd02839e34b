/** What Kafka has of certificates and checkpoints, from a real broker. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import type { SinkStatus } from './status.ts';
import { adminOf, type ClusterAdmin } from './test/admin.ts';
import { authorizer, type Broker, kafkaMissing, startBroker } from './test/broker.ts';
import { createReplica, type Replica } from './test/replica.ts';

const delivered = ({ state, backlog, notes }: SinkStatus) =>
  state === 'connected' && backlog.records === 0 && notes.waiting === 0;

function storedIn({ ledger }: Replica, rows: string): readonly unknown[] {
  const db = new DatabaseSync(ledger.file, { readOnly: true });
  const notes = db.prepare(`SELECT note FROM ${rows}`).all();
  db.close();
  return notes.map(({ note }) => note);
}
const checkpointsIn = (replica: Replica): readonly unknown[] => storedIn(replica, 'checkpoint ORDER BY number');

const skip = kafkaMissing() ?? false;
describe('against a real broker', { skip, timeout: 300_000 }, () => {
  let broker: Broker;
  let admin: ClusterAdmin;
  before(async () => {
    broker = await startBroker({ properties: authorizer });
    admin = adminOf(broker);
  });
  after(() => broker.close());

  const valuesOf = async (topic: string) => (await broker.readAll(topic)).map(({ value }) => value.toString());

  test('certificate and checkpoints arrive as they lie in the ledger, keyed by it, over restarts of the sink', async (t) => {
    const replica = await createReplica(t, broker, 'notes');
    const first = await replica.startSink();
    for (let round = 0; round < 5; round++) await replica.append(900);
    await first.until(({ acknowledged }) => acknowledged.records > 0);
    await first.close(0);
    await replica.append(900);
    await replica.ledger.close('test');
    const second = await replica.startSink();
    await second.close(120_000);
    assert.equal(second.status().notes.waiting, 0, JSON.stringify(second.statuses.slice(-5)));
    const { id } = replica.ledger;
    const stored = checkpointsIn(replica);
    assert.ok(stored.length > 4);
    // At least once: a second time only where the first sink was cut off.
    assert.deepEqual([...new Set(await valuesOf('notes.checkpoints.v1'))], stored);
    assert.deepEqual([...new Set(await valuesOf('notes.keys.v1'))], storedIn(replica, 'certificate ORDER BY counter'));
    const [message] = await broker.readAll('notes.checkpoints.v1');
    assert.deepEqual([message?.partition, message?.key], [0, id]);
    assert.deepEqual(message?.headers, {
      'content-type': 'text/plain; charset=utf-8',
      ce_specversion: '1.0',
      ce_id: `${id}/checkpoint/1`,
      ce_type: 'countersign.checkpoint',
      ce_source: id,
    });
    assert.equal((await broker.readAll('notes.keys.v1'))[0]?.headers['ce_id'], `${id}/certificate`);
  });

  test('their topics are made for ever: certificates compacted, checkpoints without an age', async (t) => {
    const replica = await createReplica(t, broker, 'forever');
    await (await replica.startSink()).until(delivered);
    const names = ['cleanup.policy', 'retention.ms', 'message.timestamp.type'];
    assert.deepEqual(await admin.settings('forever.checkpoints.v1', names), ['delete', '-1', 'LogAppendTime']);
    assert.deepEqual((await admin.settings('forever.keys.v1', names)).toSpliced(1, 1), ['compact', 'LogAppendTime']);
    assert.equal(await admin.partitions('forever.checkpoints.v1'), 1);
  });

  test('checkpoints that are kept less long than records, and certificates that are not compacted, are drift', async (t) => {
    await admin.createTopic('less.checkpoints.v1', 1, { 'retention.ms': '3600000' });
    await admin.createTopic('less.keys.v1', 1);
    const replica = await createReplica(t, broker, 'less');
    const { drift } = await (await replica.startSink()).until(({ state }) => state === 'connected');
    const found = drift.map(({ topic, setting, actual }) => `${topic} ${setting} ${actual}`);
    assert.ok(found.includes('less.checkpoints.v1 retention.ms 3600000'));
    assert.ok(found.includes('less.keys.v1 cleanup.policy delete'));
  });

  test('a topic of checkpoints that we may not write to holds up no record; once we may, all of them are there', async (t) => {
    const replica = await createReplica(t, broker, 'apart');
    await admin.createTopic('apart.checkpoints.v1', 1);
    await admin.permit('apart.checkpoints.', ['DESCRIBE', 'READ']);
    const sink = await replica.startSink();
    await replica.append(100);
    await sink.until(({ acknowledged }) => acknowledged.records === 101);
    const { notes } = await sink.until((status) => status.notes.trouble !== undefined);
    assert.equal(notes.trouble?.reason, 'no_write_permission');
    assert.match(notes.trouble.detail, /apart\.checkpoints\.v1/);
    assert.equal(
      await sink.reached(await replica.appendOne()),
      true,
      'calls that wait for their record are not held up',
    );
    await admin.permit('apart.checkpoints.', ['WRITE']);
    await sink.until(delivered);
    assert.deepEqual([...new Set(await valuesOf('apart.checkpoints.v1'))], checkpointsIn(replica));
  });
});
