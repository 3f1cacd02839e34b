/**
 * A real cluster of three, three copies, two of them needed; its nodes are killed one after the other while records flow, with each
 * client at the same time.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kafkaClients } from '@countersign/core/policy/config.ts';
import { times } from '@countersign/envoy/test/harness/tier.ts';
import { kafkaMissing } from './test/broker.ts';
import { startCluster } from './test/cluster.ts';
import { createReplica, type Replica, type TestSink } from './test/replica.ts';

const skip = kafkaMissing() ?? false;
const records = 100_000;
const rounds = times(6, 0);

// Three JVMs on two cores take half a minute to start, and each kill half a minute to heal: not in `npm test`.
if (rounds > 0)
  test('rolling kill -9 of brokers while each client delivers 100,000 records: none lost, none out of order', {
    skip,
    timeout: 1_200_000,
  }, async (t) => {
    const cluster = await startCluster();
    t.after(() => cluster.close());
    const senders = await Promise.all(
      kafkaClients.map(async (client) => {
        const own = { brokers: cluster.addresses, client };
        const replica = await createReplica(t, { address: cluster.addresses[0] ?? '' }, `cluster-${client}`, own);
        return { client, replica, sink: await replica.startSink() };
      }),
    );
    for (const { client, sink } of senders) {
      const { drift } = await sink.until(({ state }) => state === 'connected');
      assert.deepEqual(drift, [], `${client}: three brokers: topics with three copies, two of them in sync`);
    }
    let killing = true;
    const writing = senders.map(({ replica, sink }) => write(replica, sink, () => killing));
    let kills = 0;
    for (; kills < rounds; kills++) {
      const before = senders.map(({ sink }) => sink.status().acknowledged.records);
      await cluster.killAndReplace(kills % cluster.addresses.length);
      for (const [index, { sink }] of senders.entries()) {
        await sink.until(({ acknowledged }) => acknowledged.records > (before[index] ?? 0));
      }
    }
    killing = false;
    const written = await Promise.all(writing);
    for (const [index, { client, replica, sink }] of senders.entries()) {
      await sink.until(({ acknowledged }) => acknowledged.records === written[index]);
      const duplicates = await replica.verifyDelivery(cluster);
      t.diagnostic(`${client}: ${written[index]} records, ${kills} kills, ${duplicates} duplicates`);
    }
  });

/** For as long as brokers are killed, and in all as many records as the test says. @returns how many */
async function write(replica: Replica, sink: TestSink, isKilling: () => boolean): Promise<number> {
  let written = 1;
  while (isKilling() || written < records) {
    await replica.append(500);
    written += 500;
    // No more waits than a second of the sender's work: the kills are to fall among records that flow.
    await sink.until(({ acknowledged }) => written - acknowledged.records < 10_000);
  }
  return written;
}
