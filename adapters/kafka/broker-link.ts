import type { KafkaConfig } from '@countersign/core/policy/config.ts';
import type { SpoolMessage } from '@countersign/core/ports.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import { verifyAnswer } from './answer.ts';
import { toMessage } from './message.ts';
import { explain, type Problem } from './problem.ts';
import type { Security } from './security.ts';
import { createSocketGroup } from './sockets.ts';
import { checkTopics, type TopicCheck, topicName } from './topics.ts';
import { registerZstd } from './zstd.ts';

/**
 * One client of kafkajs and its only user. kafkajs 2.2.4 loses records when sends overlap, when one send spans brokers, and
 * when a client is used on after a failure; the idempotent producer does not prevent it. So: one send at a time, one partition
 * per send, and after anything odd this link is discarded and another one is made.
 */
export interface BrokerLink {
  readonly topics: TopicCheck;
  /** All records, or notes, are of one (ledger, topic, partition). @returns the verified offset of the first one */
  send(records: readonly [SpoolMessage, ...SpoolMessage[]]): Promise<Result<string, Problem>>;
  /** Ends every socket at once. Never waits. */
  discard(): void;
}

const connectionTimeoutMs = 5_000;
const requestTimeoutMs = 15_000;
const acknowledgeTimeoutMs = 10_000;
const metadataMaxAgeMs = 30_000;
/** Before the end of a login, where the broker gives it one. The 10 s of kafkajs would renew short ones over and over. */
const renewLoginBeforeMs = 3_000;
/** Few: an outer loop repeats for ever, with a fresh client. kafkajs insists on at least one for an idempotent producer. */
const retry = { retries: 2, initialRetryTime: 100, maxRetryTime: 500 };

registerZstd();

/**
 * Connects, checks the topics, and takes a producer id.
 * @param onLost called when a connection of this link breaks while nobody may be sending
 */
export async function connectBroker(
  config: KafkaConfig,
  readSecurity: () => Result<Security, Problem>,
  onLost: () => void,
): Promise<Result<BrokerLink, Problem>> {
  const security = readSecurity();
  if (!security.ok) return security;
  const { tls, sasl } = security.value;
  const sockets = createSocketGroup(onLost);
  const kafka = new kafkajs.Kafka({
    clientId: config.clientId,
    brokers: [...config.brokers],
    ...(tls && { ssl: tls }),
    ...(sasl && { sasl }),
    socketFactory: sockets.factory,
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    reauthenticationThreshold: renewLoginBeforeMs,
    retry,
    logLevel: kafkajs.logLevel.NOTHING,
  });
  try {
    const topics = await inspect(kafka, config);
    if (!topics.ok) {
      sockets.destroy();
      return topics;
    }
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      metadataMaxAge: metadataMaxAgeMs,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    return ok({
      topics: topics.value,
      send: (records) => send(producer, topics.value, config.topicPrefix, records),
      discard: () => discard(producer, sockets),
    });
  } catch (error) {
    sockets.destroy();
    return err(explain(error, 'connecting'));
  }
}

async function inspect(kafka: Kafka, config: KafkaConfig): Promise<Result<TopicCheck, Problem>> {
  const admin = kafka.admin();
  await admin.connect();
  const result = await checkTopics(admin, config);
  await admin.disconnect();
  return result;
}

async function send(
  producer: Producer,
  topics: TopicCheck,
  prefix: string,
  records: readonly [SpoolMessage, ...SpoolMessage[]],
): Promise<Result<string, Problem>> {
  const { partition } = records[0];
  const topic = topicName(prefix, records[0].topic);
  const refused = topics.refused?.get(topic);
  if (refused !== undefined) return err(refused);
  const width = topics.partitions.get(topic);
  if (width === undefined || partition >= width) {
    // kafkajs would leave an unknown partition out and resolve as if all were well.
    const detail = `topic ${topic} has ${width ?? 0} partition(s), a stored record belongs to partition ${partition}; add partitions to the topic`;
    return err({ reason: 'topic_has_too_few_partitions', detail });
  }
  try {
    const answer = await producer.send({
      topic,
      acks: -1,
      timeout: acknowledgeTimeoutMs,
      compression: kafkajs.CompressionTypes.ZSTD,
      messages: records.map(toMessage),
    });
    const offset = verifyAnswer(answer, { topic, partition });
    return offset.ok ? offset : err({ reason: 'unverified_answer', detail: `topic ${topic}: ${offset.error}` });
  } catch (error) {
    return err(explain(error, `topic ${topic}`));
  }
}

function discard(producer: Producer, sockets: { destroy(): void }): void {
  // kafkajs first marks its connections as closing, then waits for answers that will not come: the sockets go regardless.
  producer.disconnect().catch(() => undefined);
  sockets.destroy();
}
