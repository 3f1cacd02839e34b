import { topics as shortNames, type Topic } from '@countersign/core/ledger/topics.ts';
import type { KafkaConfig } from '@countersign/core/policy/config.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import type { TopicAdmin, TopicShape } from './client.ts';
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

/** Broker time, because a gateway's own clock is under its administrator's control. */
const fixed = {
  'cleanup.policy': 'delete',
  'message.timestamp.type': 'LogAppendTime',
  'unclean.leader.election.enable': 'false',
} as const;

/** One copy may be lost with its disk, and one of the others is being restarted. */
const neededCopies = 3;
const neededInSync = 2;

/** Largest batch we build plus its headers and framing; also Kafka's default for max.message.bytes, within 5 %. */
const neededMessageBytes = 1_000_000;

interface Expectation {
  readonly setting: string;
  readonly expected: string;
  readonly holds: (actual: string) => boolean;
}

const atLeast = (setting: string, least: number): Expectation => ({
  setting,
  expected: `at least ${least}`,
  holds: (actual) => Number(actual) >= least,
});

function expectationsOf({ retentionMs }: Pick<KafkaConfig, 'retentionMs'>): readonly Expectation[] {
  const { expected, holds, ...retention } = atLeast('retention.ms', retentionMs);
  return [
    ...Object.entries(fixed).map(([setting, wanted]) => ({
      setting,
      expected: wanted,
      holds: (actual: string) => actual === wanted,
    })),
    atLeast('min.insync.replicas', neededInSync),
    // -1: for ever.
    { ...retention, expected, holds: (actual) => actual === '-1' || holds(actual) },
    atLeast('max.message.bytes', neededMessageBytes),
  ];
}

/**
 * Makes sure that all topics are there and wide enough, creates missing ones, and compares the settings of the others. Existing
 * topics are never changed: kafkajs only has the old AlterConfigs, which wipes every override it is not told about.
 */
export async function checkTopics(admin: TopicAdmin, config: KafkaConfig): Promise<Result<TopicCheck, Problem>> {
  const partitions = new Map<string, number>();
  const drift: TopicDrift[] = [];
  for (const short of shortNames) {
    const topic = topicName(config.topicPrefix, short);
    const needed = partitionsNeeded(short, config);
    const found = await ensureTopic(admin, topic, needed, config);
    if (!found.ok) return found;
    const { width, copies } = found.value;
    if (width < needed) {
      const detail = `topic ${topic} has ${width} partition(s), needs ${needed} (kafka.partitions); add partitions to the topic or lower the setting`;
      return err({ reason: 'topic_has_too_few_partitions', detail });
    }
    partitions.set(topic, width);
    if (copies < neededCopies) {
      const expected = `at least ${neededCopies}`;
      drift.push({ topic, setting: 'replication.factor', expected, actual: String(copies) });
    }
  }
  const settings = await findDrift(admin, [...partitions.keys()], expectationsOf(config));
  return ok({ partitions, drift: [...drift, ...settings.drift], unreadable: settings.unreadable });
}

async function ensureTopic(
  admin: TopicAdmin,
  topic: string,
  partitions: number,
  { retentionMs }: KafkaConfig,
): Promise<Result<TopicShape, Problem>> {
  const found = await shapeOf(admin, topic);
  if (found.ok || found.error.reason !== 'topic_missing') return found;
  try {
    const copies = Math.min(neededCopies, await admin.countBrokers());
    const settings = {
      ...fixed,
      'retention.ms': String(retentionMs),
      // More than a small cluster has would refuse every record.
      'min.insync.replicas': String(Math.max(1, Math.min(neededInSync, copies - 1))),
    };
    await admin.create({ topic, partitions, copies, settings });
  } catch (error) {
    const problem = explain(error, `topic ${topic}`);
    // Its leaders are asked for at once, also of a broker that has not heard of the topic yet.
    if (problem.reason === 'topic_missing') return err(unheardOf(topic));
    if (problem.reason !== 'no_write_permission') return err(problem);
    const detail = `topic ${topic} does not exist and we may not create it; create it, or grant CREATE on it`;
    return err({ reason: 'topic_missing', detail });
  }
  const made = await shapeOf(admin, topic);
  return made.ok || made.error.reason !== 'topic_missing' ? made : err(unheardOf(topic));
}

/** The controller has it, the broker that was asked does not yet: it passes. */
const unheardOf = (topic: string): Problem => ({
  reason: 'leader_moving',
  detail: `topic ${topic} was created and is not known everywhere yet`,
});

async function shapeOf(admin: TopicAdmin, topic: string): Promise<Result<TopicShape, Problem>> {
  try {
    return ok(await admin.shapeOf(topic));
  } catch (error) {
    return err(explain(error, `topic ${topic}`));
  }
}

async function findDrift(
  admin: TopicAdmin,
  topics: readonly string[],
  expectations: readonly Expectation[],
): Promise<Pick<TopicCheck, 'drift' | 'unreadable'>> {
  const drift: TopicDrift[] = [];
  const unreadable: string[] = [];
  for (const topic of topics) {
    const actual = await readSettings(
      admin,
      topic,
      expectations.map(({ setting }) => setting),
    );
    if (actual === undefined) unreadable.push(topic);
    for (const { setting, expected, holds } of expectations) {
      const value = actual?.get(setting);
      if (value !== undefined && !holds(value)) drift.push({ topic, setting, expected, actual: value });
    }
  }
  return { drift, unreadable };
}

/** undefined: not ours to read. The check is a service to the operator, so it never stops delivery. */
async function readSettings(
  admin: TopicAdmin,
  topic: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    return await admin.settings(topic, names);
  } catch {
    return undefined;
  }
}
