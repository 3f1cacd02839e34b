import { type NoteTopic, noteTopics, topics as recordTopics, type Topic } from '@countersign/core/ledger/topics.ts';
import type { KafkaConfig } from '@countersign/core/policy/config.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import type { TopicAdmin, TopicShape } from './client.ts';
import { explain, needsOperator, type Problem } from './problem.ts';

export function topicName(prefix: string, topic: string): string {
  return `${prefix}.${topic}.v1`;
}

/** Spread by ledger, or one partition because the order across ledgers matters; `partitionOf` of core is the other half. */
const widths = {
  events: 'spread',
  payloads: 'spread',
  approvals: 'single',
  admin: 'single',
  checkpoints: 'single',
  keys: 'single',
} as const satisfies Record<Topic | NoteTopic, 'spread' | 'single'>;

/** How many partitions a topic must have at least, and is created with. */
export function partitionsNeeded(topic: Topic | NoteTopic, config: KafkaConfig): number {
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
  /** Topics that cannot be had as they are: those of notes, which records go on without; all, where it was only looked. */
  readonly refused?: ReadonlyMap<string, Problem>;
}

/** Broker time, because a gateway's own clock is under its administrator's control. */
const fixed = {
  'cleanup.policy': 'delete',
  'message.timestamp.type': 'LogAppendTime',
  'unclean.leader.election.enable': 'false',
} as const;

/** Of certificates one a ledger is enough, and it is needed for as long as anything of that ledger is there. */
const fixedFor = (topic: Topic | NoteTopic) => (topic === 'keys' ? { ...fixed, 'cleanup.policy': 'compact' } : fixed);

const forEver = '-1';

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

function expectationsOf(topic: Topic | NoteTopic, { retentionMs }: KafkaConfig): readonly Expectation[] {
  const { expected, holds, ...retention } = atLeast('retention.ms', retentionMs);
  const kept = { ...retention, expected, holds: (actual: string) => actual === forEver || holds(actual) };
  return [
    ...Object.entries(fixedFor(topic)).map(([setting, wanted]) => ({
      setting,
      expected: wanted,
      holds: (actual: string) => actual === wanted,
    })),
    atLeast('min.insync.replicas', neededInSync),
    // Compaction knows no age.
    ...(topic === 'keys' ? [] : [kept]),
    atLeast('max.message.bytes', neededMessageBytes),
  ];
}

/** Checkpoints outlive the records they cover: a few hundred bytes say for ever what there was. */
function settingsOf(topic: Topic | NoteTopic, { retentionMs }: KafkaConfig): Readonly<Record<string, string>> {
  if (topic === 'keys') return fixedFor(topic);
  return { ...fixedFor(topic), 'retention.ms': topic === 'checkpoints' ? forEver : String(retentionMs) };
}

/**
 * Makes sure that all topics are there and wide enough, creates missing ones unless it is only to look, and compares the settings of the others. Existing
 * topics are never changed: kafkajs only has the old AlterConfigs, which wipes every override it is not told about.
 */
export async function checkTopics(
  admin: TopicAdmin,
  config: KafkaConfig,
  { make }: { readonly make: boolean } = { make: true },
): Promise<Result<TopicCheck, Problem>> {
  const partitions = new Map<string, number>();
  const drift: TopicDrift[] = [];
  const unreadable: string[] = [];
  const refused = new Map<string, Problem>();
  for (const short of [...recordTopics, ...noteTopics]) {
    const topic = topicName(config.topicPrefix, short);
    const found = await wideTopic(admin, short, config, make);
    if (!found.ok) {
      if ((make && !isOfNotes(short)) || !needsOperator(found.error.reason)) return found;
      refused.set(topic, found.error);
      continue;
    }
    const { width, copies } = found.value;
    partitions.set(topic, width);
    if (copies < neededCopies) {
      const expected = `at least ${neededCopies}`;
      drift.push({ topic, setting: 'replication.factor', expected, actual: String(copies) });
    }
    const settings = await findDrift(admin, topic, expectationsOf(short, config));
    if (settings === undefined) unreadable.push(topic);
    else drift.push(...settings);
  }
  return ok({ partitions, drift, unreadable, refused });
}

const isOfNotes = (topic: Topic | NoteTopic): boolean => noteTopics.some((name) => name === topic);

async function wideTopic(
  admin: TopicAdmin,
  short: Topic | NoteTopic,
  config: KafkaConfig,
  make: boolean,
): Promise<Result<TopicShape, Problem>> {
  const topic = topicName(config.topicPrefix, short);
  const needed = partitionsNeeded(short, config);
  const found = make ? await ensureTopic(admin, topic, needed, settingsOf(short, config)) : await shapeOf(admin, topic);
  if (!found.ok || found.value.width >= needed) return found;
  const detail = `topic ${topic} has ${found.value.width} partition(s), needs ${needed} (kafka.partitions); add partitions to the topic or lower the setting`;
  return err({ reason: 'topic_has_too_few_partitions', detail });
}

async function ensureTopic(
  admin: TopicAdmin,
  topic: string,
  partitions: number,
  own: Readonly<Record<string, string>>,
): Promise<Result<TopicShape, Problem>> {
  const found = await shapeOf(admin, topic);
  if (found.ok || found.error.reason !== 'topic_missing') return found;
  try {
    const copies = Math.min(neededCopies, await admin.countBrokers());
    const settings = {
      ...own,
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

/** undefined: its settings are not ours to read. */
async function findDrift(
  admin: TopicAdmin,
  topic: string,
  expectations: readonly Expectation[],
): Promise<readonly TopicDrift[] | undefined> {
  const names = expectations.map(({ setting }) => setting);
  const actual = await readSettings(admin, topic, names);
  return (
    actual &&
    expectations.flatMap(({ setting, expected, holds }) => {
      const value = actual.get(setting);
      return value === undefined || holds(value) ? [] : [{ topic, setting, expected, actual: value }];
    })
  );
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
