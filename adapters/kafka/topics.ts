import { topics as shortNames, type Topic } from '@countersign/core/ledger/topics.ts';
import type { KafkaConfig } from '@countersign/core/policy/config.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import kafkajs, { type Admin } from 'kafkajs';
import { explain, type Problem } from './problem.ts';

export function topicName(prefix: string, topic: string): string {
  return `${prefix}.${topic}.v1`;
}

/** Spread by ledger, or one partition because the order across ledgers matters; `partitionOf` of core is the other half. */
const widths = { events: 'spread', payloads: 'spread', approvals: 'single', admin: 'single' } as const satisfies Record<
  Topic,
  'spread' | 'single'
>;

/** How many partitions a topic must have at least, and is created with. */
export function partitionsNeeded(topic: Topic, config: KafkaConfig): number {
  return widths[topic] === 'single' ? 1 : config.partitions;
}

/** A setting of an existing topic that is not what the audit trail needs. Reported, never repaired. */
export interface TopicDrift {
  readonly topic: string;
  readonly setting: string;
  readonly expected: string;
  readonly actual: string;
}

export interface TopicCheck {
  readonly partitions: ReadonlyMap<string, number>;
  readonly drift: readonly TopicDrift[];
  /** Topics whose settings we may not read (no DESCRIBE_CONFIGS permission): their drift is unknown. */
  readonly unreadable: readonly string[];
}

/** What we set on topics we create. Broker time, because a gateway's own clock is under its administrator's control. */
const created = { 'cleanup.policy': 'delete', 'message.timestamp.type': 'LogAppendTime' } as const;

/** Largest batch we build plus its headers and framing; also Kafka's default for max.message.bytes, within 5 %. */
const neededMessageBytes = 1_000_000;

const expectations: readonly {
  readonly setting: string;
  readonly expected: string;
  readonly holds: (actual: string) => boolean;
}[] = [
  ...Object.entries(created).map(([setting, expected]) => ({
    setting,
    expected,
    holds: (actual: string) => actual === expected,
  })),
  { setting: 'unclean.leader.election.enable', expected: 'false', holds: (actual) => actual === 'false' },
  {
    setting: 'max.message.bytes',
    expected: `at least ${neededMessageBytes}`,
    holds: (actual) => Number(actual) >= neededMessageBytes,
  },
];

/**
 * Makes sure that all topics are there and wide enough, creates missing ones, and compares the settings of the others. Existing
 * topics are never changed: kafkajs only has the old AlterConfigs, which wipes every override it is not told about.
 */
export async function checkTopics(admin: Admin, config: KafkaConfig): Promise<Result<TopicCheck, Problem>> {
  const partitions = new Map<string, number>();
  for (const short of shortNames) {
    const topic = topicName(config.topicPrefix, short);
    const needed = partitionsNeeded(short, config);
    const count = await ensureTopic(admin, topic, needed);
    if (!count.ok) return count;
    if (count.value < needed) {
      const detail = `topic ${topic} has ${count.value} partition(s), needs ${needed} (kafka.partitions); add partitions to the topic or lower the setting`;
      return err({ reason: 'topic_has_too_few_partitions', detail });
    }
    partitions.set(topic, count.value);
  }
  return ok({ partitions, ...(await findDrift(admin, [...partitions.keys()])) });
}

/** @returns how many partitions the topic has now */
async function ensureTopic(admin: Admin, topic: string, partitions: number): Promise<Result<number, Problem>> {
  const found = await countPartitions(admin, topic);
  if (found.ok || found.error.reason !== 'topic_missing') return found;
  const configEntries = Object.entries(created).map(([name, value]) => ({ name, value }));
  try {
    // -1: the cluster's own default replication. Another replica may be creating the same topic: then this answers false.
    await admin.createTopics({
      topics: [{ topic, numPartitions: partitions, replicationFactor: -1, configEntries }],
      waitForLeaders: true,
    });
  } catch (error) {
    const problem = explain(error, `topic ${topic}`);
    if (problem.reason !== 'no_write_permission') return err(problem);
    const detail = `topic ${topic} does not exist and we may not create it; create it, or grant CREATE on it`;
    return err({ reason: 'topic_missing', detail });
  }
  return await countPartitions(admin, topic);
}

/** One topic per request: kafkajs reports the first error of several without saying which topic it belongs to. */
async function countPartitions(admin: Admin, topic: string): Promise<Result<number, Problem>> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return ok(topics.find(({ name }) => name === topic)?.partitions.length ?? 0);
  } catch (error) {
    return err(explain(error, `topic ${topic}`));
  }
}

async function findDrift(admin: Admin, topics: readonly string[]): Promise<Pick<TopicCheck, 'drift' | 'unreadable'>> {
  const drift: TopicDrift[] = [];
  const unreadable: string[] = [];
  for (const topic of topics) {
    const actual = await readSettings(admin, topic);
    if (actual === undefined) unreadable.push(topic);
    for (const { setting, expected, holds } of expectations) {
      const value = actual?.get(setting);
      if (value !== undefined && !holds(value)) drift.push({ topic, setting, expected, actual: value });
    }
  }
  return { drift, unreadable };
}

/** undefined: not ours to read. The check is a service to the operator, so it never stops delivery. */
async function readSettings(admin: Admin, topic: string): Promise<ReadonlyMap<string, string> | undefined> {
  const configNames = expectations.map(({ setting }) => setting);
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames }],
    });
    return new Map(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]));
  } catch {
    return undefined;
  }
}
