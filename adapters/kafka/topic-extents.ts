/** From where to where the topics of a trail reach, at one moment. */
import type { NoteTopic, Topic } from '@countersign/core/ledger/topics.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import type { Admin } from 'kafkajs';
import { explainReading, type Problem } from './problem.ts';
import { topicName } from './topics.ts';

export interface PartitionExtent {
  readonly partition: number;
  /** First offset that is there. */
  readonly begin: bigint;
  /** The one after the last. */
  readonly end: bigint;
}

export interface TopicExtent {
  readonly topic: Topic | NoteTopic;
  readonly name: string;
  /** Undefined: the topic does not exist. */
  readonly partitions: readonly PartitionExtent[] | undefined;
}

/**
 * In an order in which what vouches never runs ahead of what it vouches for: a checkpoint is sent when its records are there, a ledger
 * begins (admin) when the one before is there to its end, and a certificate lies before all of it.
 */
export const extentOrder = [
  'checkpoints',
  'admin',
  'approvals',
  'events',
  'payloads',
  'keys',
] as const satisfies readonly (Topic | NoteTopic)[];

export interface TrailExtents {
  readonly topics: readonly TopicExtent[];
  /** Checkpoints from here on came while the others were asked: they may cover records that are not within these extents. */
  readonly lateFrom: bigint;
}

export async function trailExtents(admin: Admin, topicPrefix: string): Promise<Result<TrailExtents, Problem>> {
  const found = new Map<Topic | NoteTopic, TopicExtent>();
  for (const topic of extentOrder) {
    const extent = await extentOf(admin, topic, topicPrefix);
    if (!extent.ok) return extent;
    found.set(topic, extent.value);
  }
  const first = found.get('checkpoints')?.partitions?.find(({ partition }) => partition === 0);
  const again = await extentOf(admin, 'checkpoints', topicPrefix);
  if (!again.ok) return again;
  found.set('checkpoints', again.value);
  return ok({ topics: [...found.values()], lateFrom: first?.end ?? 0n });
}

async function extentOf(
  admin: Admin,
  topic: Topic | NoteTopic,
  topicPrefix: string,
): Promise<Result<TopicExtent, Problem>> {
  const name = topicName(topicPrefix, topic);
  try {
    const offsets = await admin.fetchTopicOffsets(name);
    const partitions = offsets
      .map(({ partition, low, high }) => ({ partition, begin: BigInt(low), end: BigInt(high) }))
      .toSorted((a, b) => a.partition - b.partition);
    return ok({ topic, name, partitions });
  } catch (error) {
    const problem = explainReading(error, `topic ${name}`);
    return problem.reason === 'topic_missing' ? ok({ topic, name, partitions: undefined }) : err(problem);
  }
}
