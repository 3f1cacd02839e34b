/** The whole trail as Kafka has it at one moment, ready to be verified. */
import type { Finding } from '@countersign/core/ledger/findings.ts';
import type { KafkaConfig } from '@countersign/core/policy/config.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { createIds, systemClock } from '../process/system.ts';
import { type TrailLedgers, trailLedgers } from '../sqlite/trail-sources.ts';
import { TrailStore } from '../sqlite/trail-store.ts';
import { readPartitions } from './partition-reader.ts';
import { explainReading, type Problem } from './problem.ts';
import { createSecurity } from './security.ts';
import { createSocketGroup } from './sockets.ts';
import { type TopicExtent, type TrailExtents, trailExtents } from './topic-extents.ts';
import { createTrailIntake } from './trail-intake.ts';
import { registerZstd } from './zstd.ts';

export interface Trail extends TrailLedgers {
  readonly topics: readonly TopicExtent[];
  /** Messages that came again, byte for byte. */
  readonly duplicates: number;
  /** Of messages that are nothing of ours: `ledger` is `<topic>/<partition>`, `seq` the offset. */
  readonly strays: { readonly found: readonly Finding[]; readonly more: number };
  close(): void;
}

export interface ReadTrailOptions {
  /** Leave out what no checkpoint covers yet: a copy that says itself to be whole. */
  readonly coveredOnly?: boolean;
  /** Called with the number of messages read so far. */
  readonly onProgress: (messages: number) => void;
}

const retry = { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 };

/** Groups of readers begin like this: an operator grants READ on the prefix. */
export const readerGroupPrefix = (config: Pick<KafkaConfig, 'clientId'>): string => `${config.clientId}-verify-`;

export async function readTrail(config: KafkaConfig, options: ReadTrailOptions): Promise<Result<Trail, Problem>> {
  registerZstd();
  const security = createSecurity(config, systemClock)();
  if (!security.ok) return security;
  const { tls, sasl } = security.value;
  const sockets = createSocketGroup(() => undefined);
  const kafka = new kafkajs.Kafka({
    clientId: config.clientId,
    brokers: [...config.brokers],
    ...(tls && { ssl: tls }),
    ...(sasl && { sasl }),
    socketFactory: sockets.factory,
    connectionTimeout: 5_000,
    requestTimeout: 15_000,
    retry,
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const store = new TrailStore();
  const admin = kafka.admin();
  try {
    await admin.connect();
    const extents = await trailExtents(admin, config.topicPrefix);
    const trail = extents.ok ? await fill(store, { kafka, admin, config, options }, extents.value) : extents;
    if (!trail.ok) store.close();
    return trail;
  } catch (error) {
    store.close();
    const group = `the topics of ${config.topicPrefix} or the group ${readerGroupPrefix(config)}…`;
    return err(explainReading(error, group));
  } finally {
    await admin.disconnect().catch(() => undefined);
    sockets.destroy();
  }
}

interface Reading {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly config: KafkaConfig;
  readonly options: ReadTrailOptions;
}

async function fill(
  store: TrailStore,
  { kafka, admin, config, options }: Reading,
  { topics, lateFrom }: TrailExtents,
): Promise<Result<Trail, Problem>> {
  const intake = createTrailIntake(store, config.topicPrefix);
  const shortNames = new Map(topics.map(({ name, topic }) => [name, topic]));
  const parts = topics.flatMap(({ name, partitions = [] }) => partitions.map((part) => ({ topic: name, ...part })));
  const groupId = `${readerGroupPrefix(config)}${createIds().ulid()}`;
  let messages = 0;
  await readPartitions(kafka, admin, groupId, parts, ({ topic: name, partition, offset, value, atMs }) => {
    const topic = shortNames.get(name);
    if (topic === undefined) return;
    intake.take({ topic, partition, offset: Number(offset), value: value ?? undefined, atMs });
    options.onProgress(++messages);
  });
  const keptFromMs = systemClock.now() - config.retentionMs;
  const found = trailLedgers(store, `kafka:${config.topicPrefix}`, keptFromMs, {
    lateFrom: Number(lateFrom),
    coveredOnly: options.coveredOnly === true,
  });
  for (const ledger of found.ledgers) {
    for (const place of ledger.misplaced())
      intake.report(place, 'not_a_record', `${ledger.name} has another partition`);
  }
  return ok({
    ...found,
    topics,
    duplicates: store.duplicates,
    strays: intake.findings(),
    close: () => store.close(),
  });
}
