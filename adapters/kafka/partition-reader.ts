/**
 * Reads partitions up to a given end, with kafkajs. It reads as a member of a group only, so the group is one that nobody else knows,
 * nothing is committed, and it is deleted afterwards.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { StalledBrokers } from './stalled-brokers.ts';

export interface PartitionToRead {
  readonly topic: string;
  readonly partition: number;
  readonly begin: bigint;
  /** Not read any more. */
  readonly end: bigint;
}

export interface ReadMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly value: Buffer | null;
  readonly atMs: number;
}

interface Progress {
  readonly to: PartitionToRead;
  next: bigint;
}

/** kafkajs waits for a long poll when it ends. */
const maxWaitTimeInMs = 250;
/** Fetches of its leader that brought nothing, and how long that went on, before a place is taken for an empty one. */
const stall = { fetches: 12, ms: 3_000 };
const maxEmptyPlaces = 1_000;
/** What passes by itself, such as a coordinator that still loads: kafkajs begins anew then, and what was taken is not taken again. */
const maxRestarts = 20;
const restartMs = 500;

/**
 * @param onMessage in the order of offsets within a partition
 * @throws what kafkajs throws
 */
export async function readPartitions(
  kafka: Kafka,
  admin: Admin,
  groupId: string,
  parts: readonly PartitionToRead[],
  onMessage: (message: ReadMessage) => void,
): Promise<void> {
  const unread = new Map<string, Progress>();
  for (const to of parts) if (to.begin < to.end) unread.set(keyOf(to), { to, next: to.begin });
  if (unread.size === 0) return;
  let restarts = 0;
  const again = async (): Promise<boolean> => {
    restarts += 1;
    await sleep(restartMs);
    return restarts <= maxRestarts;
  };
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs,
    // Nothing of ours is written in a transaction; what somebody else wrote in one that was given up is there all the same.
    readUncommitted: true,
    allowAutoTopicCreation: false,
    retry: { retries: 8, initialRetryTime: 100, maxRetryTime: 2_000, restartOnFailure: again },
  });
  try {
    await consumer.connect();
    const topics = [...new Set([...unread.values()].map(({ to }) => to.topic))];
    await consumer.subscribe({ topics, fromBeginning: true });
    await readAll(consumer, admin, unread, onMessage);
  } finally {
    await consumer.disconnect().catch(() => undefined);
    // Without the right to, an empty group that committed nothing is forgotten by the cluster itself.
    await admin.deleteGroups([groupId]).catch(() => undefined);
  }
}

const keyOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }) => `${topic} ${partition}`;

async function leadersOf(admin: Admin, topics: string[]): Promise<ReadonlyMap<string, number>> {
  const metadata = await admin.fetchTopicMetadata({ topics });
  return new Map(
    metadata.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionId, leader }) => [keyOf({ topic: name, partition: partitionId }), leader] as const),
    ),
  );
}

function readAll(
  consumer: Consumer,
  admin: Admin,
  unread: Map<string, Progress>,
  onMessage: (message: ReadMessage) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stalled = new StalledBrokers(stall, () => performance.now());
    let [emptyPlaces, isAsking] = [0, false];
    const moveTo = (progress: Progress, next: bigint): void => {
      if (next <= progress.next) return;
      progress.next = next;
      stalled.moved();
      if (next < progress.to.end) return;
      unread.delete(keyOf(progress.to));
      consumer.pause([{ topic: progress.to.topic, partitions: [progress.to.partition] }]);
      if (unread.size === 0) resolve();
    };
    const take = ({ batch }: EachBatchPayload): void => {
      const progress = unread.get(keyOf(batch));
      if (progress === undefined) return;
      for (const { offset: text, value, timestamp } of batch.messages) {
        const offset = BigInt(text);
        // After a place that was gone kafkajs begins anew: what was taken is not taken again.
        if (offset < progress.next || offset >= progress.to.end) continue;
        onMessage({ topic: batch.topic, partition: batch.partition, offset, value, atMs: Number(timestamp) });
      }
    };
    /**
     * Compaction leaves batches without a message behind. kafkajs asks for such a place for ever, so it is passed over: when its own
     * leader has had nothing for a while, and still leads it.
     */
    const passOver = async (): Promise<void> => {
      const before = new Map([...unread].map(([key, { next }]) => [key, next]));
      const leaders = await leadersOf(admin, [...new Set([...unread.values()].map(({ to }) => to.topic))]);
      // All of them before any: moving one begins the count anew.
      const empty = [...unread].filter(([key, { next }]) => {
        const leader = leaders.get(key);
        return leader !== undefined && stalled.has(leader) && next === before.get(key);
      });
      for (const [, progress] of empty) {
        if (++emptyPlaces > maxEmptyPlaces)
          throw new Error('the log cannot be read: it holds too many places without a message');
        const offset = progress.next + 1n;
        consumer.seek({ topic: progress.to.topic, partition: progress.to.partition, offset: String(offset) });
        moveTo(progress, offset);
      }
    };
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      const progress = unread.get(keyOf(payload));
      if (progress !== undefined && payload.lastOffset !== null) moveTo(progress, BigInt(payload.lastOffset) + 1n);
    });
    consumer.on(consumer.events.FETCH, ({ payload }) => {
      stalled.fetched(payload);
      if (isAsking || !stalled.isAny) return;
      isAsking = true;
      passOver()
        .catch(reject)
        .finally(() => {
          isAsking = false;
        });
    });
    consumer
      .run({
        autoCommit: false,
        eachBatch: async (payload) => {
          try {
            take(payload);
          } catch (error) {
            // kafkajs would try the batch again.
            reject(error);
          }
        },
      })
      .catch(reject);
  });
}
