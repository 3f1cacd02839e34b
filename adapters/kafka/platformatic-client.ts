/**
 * @platformatic/kafka, and its only user besides `connections.ts`. It is trusted no more than kafkajs: the rules of `KafkaClient`
 * hold for it as well.
 */
import { isIP } from 'node:net';
import { parseAuthority } from '@countersign/core/policy/authority.ts';
import type { KafkaConfig } from '@countersign/core/policy/config.ts';
import {
  Admin,
  AuthenticationError,
  type BaseOptions,
  type ClusterMetadata,
  ConfigResourceTypes,
  findErrorBy,
  ProduceAcks,
  Producer,
  type SASLOptions,
  stringSerializer,
} from '@platformatic/kafka';
import type { KafkaClient, OpenClient, TopicAdmin } from './client.ts';
import { createConnectionGroup } from './connections.ts';
import { ProblemError, refusedToken, tooNarrow } from './problem.ts';
import type { Login, Security } from './security.ts';

/** With the login, for which a token may have to be fetched. */
const connectTimeoutMs = 10_000;
const requestTimeoutMs = 15_000;
const acknowledgeTimeoutMs = 10_000;
const metadataMaxAgeMs = 30_000;
/** Few: an outer loop repeats for ever, with a fresh client. With fewer than two an idempotent producer would, too. */
const retries = 2;
const retryDelayMs = 200;
/** For one thing it is asked, with all it tries: attempts of attempts, for each broker, would go on for minutes. */
const deadlineMs = 30_000;

export const openPlatformatic: OpenClient = (config, security, onLost): KafkaClient => {
  const connections = createConnectionGroup(onLost);
  const producer = new Producer<string, Buffer, string, string>({
    ...optionsOf(config, security),
    idempotent: true,
    serializers: { key: stringSerializer, headerKey: stringSerializer, headerValue: stringSerializer },
  });
  connections.watch(producer);

  const ask: Ask = async (question) => {
    connections.takeFailures();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const problem = { reason: 'broker_timeout', detail: `no answer within ${deadlineMs / 1000} s` } as const;
      timer = setTimeout(() => reject(new ProblemError(problem)), deadlineMs);
    });
    try {
      return await Promise.race([question(), late]);
    } catch (error) {
      throw new AggregateError([error, ...connections.takeFailures()]);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    async inspect(look) {
      const admin = new Admin(optionsOf(config, security));
      connections.watch(admin);
      const seen = await look(toTopicAdmin(admin, ask));
      await ask(() => admin.close());
      return seen;
    },
    async connect() {
      await ask(() => producer.initIdempotentProducer({}));
    },
    async send(topic, messages) {
      const width = await ask(() => producer.metadata({ topics: [topic] })).then(widthOf(topic));
      // It would take the partition modulo the width, and write there.
      const stray = messages.find(({ partition }) => partition >= width);
      if (stray !== undefined) throw new ProblemError(tooNarrow(topic, width, stray.partition));
      const { offsets } = await ask(() =>
        producer.send({
          messages: messages.map((message) => ({ topic, ...message })),
          // Said again: what the producer was made with counts for less than the default of a send.
          acks: ProduceAcks.ALL,
          compression: 'zstd',
        }),
      );
      // An error code of any partition is an exception.
      const written = offsets ?? [];
      return written.map(({ offset, ...place }) => ({ ...place, errorCode: 0, baseOffset: String(offset) }));
    },
    discard: () => connections.destroy(),
  };
};

const widthOf =
  (topic: string) =>
  ({ topics }: ClusterMetadata) =>
    topics.get(topic)?.partitionsCount ?? 0;

/** Bounds what is asked, and adds to its failure what the connections have to say about it. */
type Ask = <T>(question: () => Promise<T>) => Promise<T>;

function optionsOf({ clientId, brokers }: KafkaConfig, { tls, sasl }: Security): BaseOptions {
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    ...(tls && { tls, tlsServerName: brokers.some(isNamed) }),
    ...(sasl && { sasl: toSasl(sasl) }),
    connectTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    timeout: acknowledgeTimeoutMs,
    metadataMaxAge: metadataMaxAgeMs,
    autocreateTopics: false,
    retries,
    retryDelay: retryDelayMs,
  };
}

/** Where all are addresses nobody is asked for by name (RFC 6066 §3); the certificate has to carry name or address either way. */
function isNamed(broker: string): boolean {
  const host = parseAuthority(broker)?.host;
  return host !== undefined && !host.startsWith('[') && isIP(host) === 0;
}

function toSasl(login: Login): SASLOptions {
  if (login.mechanism !== 'OAUTHBEARER') return login;
  return {
    mechanism: login.mechanism,
    async token() {
      const token = await login.tokens.current();
      if (!token.ok) throw new ProblemError(token.error);
      return token.value;
    },
    // A broker refuses a token with an answer that has no error code, only a text that says so.
    authBytesValidator: (said, callback) =>
      said.length === 0
        ? callback(null, said)
        : callback(new AuthenticationError('token refused', { cause: new ProblemError(refusedToken) })),
  };
}

const toTopicAdmin = (admin: Admin, ask: Ask): TopicAdmin => ({
  async shapeOf(topic) {
    const { topics } = await ask(() => admin.metadata({ topics: [topic], forceUpdate: true }));
    const partitions = topics.get(topic)?.partitions ?? [];
    return { width: partitions.length, copies: Math.min(...partitions.map(({ replicas }) => replicas.length)) };
  },
  async countBrokers() {
    const { brokers } = await ask(() => admin.metadata({ topics: [], forceUpdate: true }));
    return brokers.size;
  },
  async create({ topic, partitions, copies, settings }) {
    const configs = Object.entries(settings).map(([name, value]) => ({ name, value }));
    const made = admin.createTopics({ topics: [topic], partitions, replicas: copies, configs });
    await ask(() =>
      made.catch((error: Error) => {
        if (findErrorBy(error, 'apiId', 'TOPIC_ALREADY_EXISTS') === null) throw error;
      }),
    );
  },
  async settings(topic, names) {
    const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configurationKeys: [...names] };
    const [described] = await ask(() => admin.describeConfigs({ resources: [resource] }));
    const known = described?.configs ?? [];
    return new Map(known.flatMap(({ name, value }) => (typeof value === 'string' ? [[name, value]] : [])));
  },
});
