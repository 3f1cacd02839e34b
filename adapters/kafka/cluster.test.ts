/** A real cluster of three, three copies, two of them needed; its nodes are killed one after the other while records flow. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { times } from '@countersign/envoy/test/harness/tier.ts';
import { kafkaMissing } from './test/broker.ts';
import { startCluster } from './test/cluster.ts';
import { createReplica } from './test/replica.ts';

const skip = kafkaMissing() ?? false;
const records = 100_000;
const rounds = times(6, 0);

// Three JVMs on two cores take half a minute to start, and each kill half a minute to heal: not in `npm test`.
if (rounds > 0)
  test('rolling kill -9 of brokers while 100,000 records are delivered: none lost, none out of order', {
    skip,
    timeout: 1_200_000,
  }, async (t) => {
    const cluster = await startCluster();
    t.after(() => cluster.close());
    const replica = await createReplica(t, { address: cluster.addresses[0] ?? '' }, 'cluster', {
      brokers: cluster.addresses,
    });
    const sink = await replica.startSink();
    const { drift } = await sink.until(({ state }) => state === 'connected');
    assert.deepEqual(drift, [], 'three brokers: topics with three copies, two of them in sync');
    let written = 1;
    let killing = true;
    // Records are written for as long as brokers are killed, and in all as many as the test says.
    const writing = (async () => {
      while (killing || written < records) {
        await replica.append(500);
        written += 500;
        // No more waits than a second of the sender's work: the kills are to fall among records that flow.
        await sink.until(({ acknowledged }) => written - acknowledged.records < 10_000);
      }
    })();
    let kills = 0;
    for (; kills < rounds; kills++) {
      const before = sink.status().acknowledged.records;
      await cluster.killAndReplace(kills % cluster.addresses.length);
      await sink.until(({ acknowledged }) => acknowledged.records > before);
    }
    killing = false;
    await writing;
    await sink.until(({ acknowledged }) => acknowledged.records === written);
    const duplicates = await replica.verifyDelivery(cluster);
    t.diagnostic(`${written} records, ${kills} kills, ${duplicates} duplicates`);
  });
