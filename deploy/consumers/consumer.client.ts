/** What a bank's consumer can rely on, with a client that is not ours and a real broker: duplicates and gaps made on purpose. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { adminOf, type ClusterAdmin } from '@countersign/adapters/kafka/test/admin.ts';
import { authorizer, type Broker, kafkaMissing, startBroker } from '@countersign/adapters/kafka/test/broker.ts';
import { createReplica } from '@countersign/adapters/kafka/test/replica.ts';
import { type Asked, readAndKill, readToEnd, recordOf, skipWithoutConsumer, write } from './consumer.testing.ts';

suite('the reference consumer in Python', { skip: kafkaMissing() ?? skipWithoutConsumer }, () => {
  let broker: Broker;
  let admin: ClusterAdmin;
  const folder = mkdtempSync(join(tmpdir(), 'countersign-consumer-'));
  let count = 0;
  before(async () => {
    broker = await startBroker({ properties: authorizer });
    admin = adminOf(broker);
  });
  after(async () => {
    await broker?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A topic of its own, and a reader of it. */
  const stage = async (partitions = 1): Promise<Asked> => {
    const name = `consumer-${count++}`;
    await admin.createTopic(name, partitions);
    return { topic: name, group: name, state: join(folder, `${name}.db`) };
  };
  const ledger = 'proc-service/p1/01K9ZZZZZZZZZZZZZZZZZZZZZZ';
  const records = (...pseqs: readonly number[]) => pseqs.map((pseq) => recordOf(ledger, pseq));
  const values = (...pseqs: readonly number[]) => records(...pseqs).map(({ value }) => value);

  test('what the gateway delivered comes out once, in order and to the byte; read again, nothing does', async (t) => {
    const replica = await createReplica(t, broker, 'delivered');
    const sink = await replica.startSink();
    await replica.append(500);
    await replica.ledger.close('test');
    await sink.until(({ acknowledged }) => acknowledged.records === 502);
    const sent = (await broker.readAll('delivered.events.v1')).map(({ value }) => value.toString());
    const asked = { topic: 'delivered.events.v1', group: 'delivered', state: join(folder, 'delivered.db') };
    const first = await readToEnd(broker, asked);
    assert.deepEqual([first.exit, first.findings, first.records], [0, [], sent]);
    const again = await readToEnd(broker, asked);
    assert.deepEqual([again.exit, again.findings, again.records], [0, [], []]);
  });

  test('a batch that was sent again is dropped, before and after a restart', async () => {
    const asked = await stage();
    await write(broker, asked.topic, records(0, 1, 2, 3, 1, 2, 3, 4));
    const first = await readToEnd(broker, asked);
    assert.deepEqual([first.exit, first.records, first.summary['duplicate']], [0, values(0, 1, 2, 3, 4), 3]);
    await write(broker, asked.topic, records(3, 4, 5));
    const second = await readToEnd(broker, asked);
    assert.deepEqual([second.exit, second.records, second.summary['duplicate']], [0, values(5), 2]);
  });

  test('a gap is told at once, stays known over restarts, and closes when the records come late', async () => {
    const asked = await stage();
    await write(broker, asked.topic, records(0, 1, 4, 5));
    const first = await readToEnd(broker, asked);
    assert.equal(first.exit, 11);
    assert.deepEqual(
      first.findings.map(({ finding, first_pseq, last_pseq }) => [finding, first_pseq, last_pseq]),
      [['gap', 2, 3]],
    );
    assert.equal((await readToEnd(broker, asked)).exit, 11);
    await write(broker, asked.topic, records(3));
    const third = await readToEnd(broker, asked);
    assert.deepEqual([third.exit, third.records], [11, values(3)]);
    await write(broker, asked.topic, records(2));
    const last = await readToEnd(broker, asked);
    assert.deepEqual([last.exit, last.records], [0, values(2)]);
  });

  test('a reader of one partition sees every gap that was made in it, and none of the others', async () => {
    const asked = await stage(3);
    const place = (partition: number, ...pseqs: readonly number[]) =>
      pseqs.map((pseq) => ({ ...recordOf(`proc-service/p${partition}/L`, pseq), partition }));
    await write(broker, asked.topic, [...place(0, 0, 1, 2), ...place(1, 0, 2, 5, 6, 9), ...place(2, 0, 7)]);
    const one = await readToEnd(broker, { ...asked, partition: 1 });
    assert.equal(one.exit, 11);
    assert.deepEqual(
      one.findings.map(({ first_pseq, last_pseq }) => [first_pseq, last_pseq]),
      [
        [1, 1],
        [3, 4],
        [7, 8],
      ],
    );
    const whole = await readToEnd(broker, { ...asked, partition: 0, state: join(folder, 'other.db') });
    assert.deepEqual([whole.exit, whole.records.length], [0, 3]);
  });

  test('ledgers in one partition are told apart, and the first records of one that are missing are a gap', async () => {
    const asked = await stage();
    const other = 'proc-service/p2/01K9ZZZZZZZZZZZZZZZZZZZZZZ';
    await write(broker, asked.topic, [...records(0), recordOf(other, 1), ...records(1), recordOf(other, 2)]);
    const { exit, findings } = await readToEnd(broker, asked);
    assert.deepEqual([exit, findings.map(({ first_pseq }) => first_pseq)], [11, [0]]);
  });

  test('other bytes under a number that was read are no duplicate: they are told, and not passed on', async () => {
    const asked = await stage();
    await write(broker, asked.topic, [...records(0, 1), recordOf(ledger, 1, 'forged'), ...records(2)]);
    const { exit, findings, records: passed } = await readToEnd(broker, asked);
    assert.deepEqual([exit, findings.map(({ finding }) => finding), passed], [10, ['conflict'], values(0, 1, 2)]);
  });

  test('what is no record, and a record with another header than its bytes, are told', async () => {
    const asked = await stage();
    const headers = recordOf(ledger, 0).headers ?? {};
    const strange = [
      '',
      'text',
      '{}',
      '{"chain":{"ledger":"l","seq":-1,"pseq":0}}',
      '{"chain":{"ledger":"l","seq":true,"pseq":0}}',
    ];
    await write(broker, asked.topic, [
      ...strange.map((value) => ({ value, partition: 0 })),
      { ...recordOf(ledger, 0, 'changed'), headers },
    ]);
    const { exit, findings } = await readToEnd(broker, asked);
    assert.deepEqual(
      [exit, findings.map(({ finding }) => finding)],
      [10, [...strange.map(() => 'foreign'), 'leaf_differs']],
    );
  });

  test('killed in the middle, again and again: every record comes out, in order, and no gap is made up', async () => {
    const asked = await stage();
    const all = Array.from({ length: 3_000 }, (_, pseq) => pseq);
    const seen: string[] = [];
    for (let kill = 0; kill < 3; kill++) {
      // New ones for each: however fast the reader before was, this one has something to be killed over.
      await write(broker, asked.topic, records(...all.slice(kill * 1_000, (kill + 1) * 1_000)));
      seen.push(...(await readAndKill(broker, asked, 200)));
    }
    const rest = await readToEnd(broker, asked);
    seen.push(...rest.records);
    assert.deepEqual([rest.exit, rest.findings], [0, []]);
    assert.deepEqual([...new Set(seen)], values(...all));
  });

  test('knowledge put back from a backup: it reads on where that ends, not where the group is', async () => {
    const asked = await stage();
    await write(broker, asked.topic, records(0, 1));
    await readToEnd(broker, asked);
    copyFileSync(asked.state, `${asked.state}.backup`);
    await write(broker, asked.topic, records(2, 3));
    await readToEnd(broker, asked);
    copyFileSync(`${asked.state}.backup`, asked.state);
    await write(broker, asked.topic, records(4));
    const { exit, records: passed } = await readToEnd(broker, asked);
    assert.deepEqual([exit, passed], [0, values(2, 3, 4)]);
  });

  test('knowledge lost: it goes on at the offset of the group, and says that it does not know what came before', async () => {
    const asked = await stage();
    await write(broker, asked.topic, records(0, 1));
    await readToEnd(broker, asked);
    await write(broker, asked.topic, records(2, 4));
    const { exit, findings, records: passed } = await readToEnd(broker, { ...asked, state: join(folder, 'lost.db') });
    assert.deepEqual(
      [exit, findings.map(({ finding }) => finding), passed],
      [11, ['start_unknown', 'gap'], values(2, 4)],
    );
  });

  test('a duplicate from before what is remembered is dropped, and counted as one that nobody compared', async () => {
    const asked = { ...(await stage()), remember: 2 };
    await write(broker, asked.topic, records(0, 1, 2, 3, 0, 3));
    const { exit, summary } = await readToEnd(broker, asked);
    assert.deepEqual([exit, summary['duplicate'], summary['duplicate_unchecked']], [0, 1, 1]);
  });

  test('no READ on the group: it says so, and not that there is no coordinator', async () => {
    const asked = await stage();
    await admin.reserveGroup(asked.group);
    const { exit, error } = await readToEnd(broker, asked);
    assert.deepEqual([exit, error?.error], [2, 'GROUP_AUTHORIZATION_FAILED']);
    assert.match(error?.detail ?? '', /no READ permission on the group/);
  });

  test('a topic that is not there', async () => {
    const { exit, error } = await readToEnd(broker, { ...(await stage()), topic: 'absent' });
    assert.equal(exit, 2);
    assert.match(error?.detail ?? '', /the topic does not exist/);
  });
});
