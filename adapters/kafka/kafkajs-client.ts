/**
 * kafkajs, and its only user in the sink. Version 2.2.4 loses records when sends overlap, when one send spans brokers, and when a
 * client is used on after a failure; its idempotent producer does not prevent it. Hence the rules of `KafkaClient`.
 */
import type { KafkaConfig } from '@countersign/core/policy/config.ts';
import kafkajs, { type Admin, type ISocketFactory, type Kafka, type Mechanism, type SASLOptions } from 'kafkajs';
import type { KafkaClient, OpenClient, TopicAdmin } from './client.ts';
import { oauthBearer } from './oauth-bearer.ts';
import type { Login, Security } from './security.ts';
import { createSocketGroup } from './sockets.ts';
import { registerZstd } from './zstd.ts';

const connectionTimeoutMs = 5_000;
const requestTimeoutMs = 15_000;
const acknowledgeTimeoutMs = 10_000;
const metadataMaxAgeMs = 30_000;
/** Before the end of a login, where the broker gives it one. The 10 s of kafkajs would renew short ones over and over. */
const renewLoginBeforeMs = 3_000;
/** Few: an outer loop repeats for ever, with a fresh client. kafkajs insists on at least one for an idempotent producer. */
const retry = { retries: 2, initialRetryTime: 100, maxRetryTime: 500 };

registerZstd();

export const openKafkajs: OpenClient = (config, security, onLost): KafkaClient => {
  const sockets = createSocketGroup(onLost);
  const kafka = createKafkajs(config, security, sockets.factory);
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    metadataMaxAge: metadataMaxAgeMs,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  return {
    async inspect(look) {
      const admin = kafka.admin();
      try {
        await admin.connect();
        const seen = await look(toTopicAdmin(admin));
        await admin.disconnect();
        return seen;
      } catch (error) {
        // Else a login that was refused leaves a timer behind. Not waited for: it ends with the sockets, at the latest.
        admin.disconnect().catch(() => undefined);
        throw error;
      }
    },
    // Takes a producer id, too.
    connect: () => producer.connect(),
    async send(topic, messages) {
      const answers = await producer.send({
        topic,
        acks: -1,
        timeout: acknowledgeTimeoutMs,
        compression: kafkajs.CompressionTypes.ZSTD,
        messages: [...messages],
      });
      return answers.map(({ topicName, partition, errorCode, baseOffset }) => ({
        topic: topicName,
        partition,
        errorCode,
        baseOffset,
      }));
    },
    discard() {
      // kafkajs first marks its connections as closing, then waits for answers that will not come: the sockets go regardless.
      producer.disconnect().catch(() => undefined);
      sockets.destroy();
    },
  };
};

export function createKafkajs(config: KafkaConfig, { tls, sasl }: Security, socketFactory: ISocketFactory): Kafka {
  return new kafkajs.Kafka({
    clientId: config.clientId,
    brokers: [...config.brokers],
    ...(tls && { ssl: tls }),
    ...(sasl && { sasl: toSasl(sasl) }),
    socketFactory,
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    reauthenticationThreshold: renewLoginBeforeMs,
    retry,
    logLevel: kafkajs.logLevel.NOTHING,
  });
}

function toSasl(login: Login): SASLOptions | Mechanism {
  if (login.mechanism === 'OAUTHBEARER') return oauthBearer(login.tokens);
  const { username, password } = login;
  return login.mechanism === 'SCRAM-SHA-512'
    ? { mechanism: 'scram-sha-512', username, password }
    : { mechanism: 'scram-sha-256', username, password };
}

const toTopicAdmin = (admin: Admin): TopicAdmin => ({
  /** One topic per request: kafkajs reports the first error of several without saying which topic it belongs to. */
  async shapeOf(topic) {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const partitions = topics.find(({ name }) => name === topic)?.partitions ?? [];
    return { width: partitions.length, copies: Math.min(...partitions.map(({ replicas }) => replicas.length)) };
  },
  async countBrokers() {
    const { brokers } = await admin.describeCluster();
    return brokers.length;
  },
  async create({ topic, partitions, copies, settings }) {
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    // Another replica may be creating the same topic: then this answers false.
    await admin.createTopics({
      topics: [{ topic, numPartitions: partitions, replicationFactor: copies, configEntries }],
      waitForLeaders: true,
    });
  },
  async settings(topic, names) {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [...names] }],
    });
    return new Map(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]));
  },
});
