import kafkajs, { type Admin } from 'kafkajs';
import type { Broker } from './broker.ts';

/** What the operator of a cluster does. The sink itself only ever creates topics and reads their settings. */
export interface ClusterAdmin {
  createTopic(topic: string, partitions: number, settings?: Readonly<Record<string, string>>): Promise<void>;
  widen(topic: string, partitions: number): Promise<void>;
  partitions(topic: string): Promise<number | undefined>;
  settings(topic: string, names: readonly string[]): Promise<readonly (string | undefined)[]>;
  /** Sets one and wipes every other override: what the sink must never do, and fine for a topic of a test. */
  setOnly(topic: string, name: string, value: string): Promise<void>;
  /** From now on only these operations are allowed on topics that begin with `prefix`, for everyone. */
  permit(prefix: string, operations: readonly (keyof typeof operationNumbers)[]): Promise<void>;
  /** From now on nobody here may read as this group. */
  reserveGroup(group: string): Promise<void>;
  /** From now on nobody has the right on the cluster that allows to create any topic. */
  forbidCreating(): Promise<void>;
}

const operationNumbers = { READ: 3, WRITE: 4, DESCRIBE: 8 } as const;
const everyone = { principal: 'User:ANONYMOUS', host: '*' };

/** One connection per call: tests stop and kill the broker in between. */
export function adminOf(broker: Pick<Broker, 'address'>): ClusterAdmin {
  const { TOPIC } = kafkajs.ConfigResourceTypes;
  const use = async <T>(act: (admin: Admin) => Promise<T>): Promise<T> => {
    const { NOTHING } = kafkajs.logLevel;
    const admin = new kafkajs.Kafka({ clientId: 'test', brokers: [broker.address], logLevel: NOTHING }).admin();
    await admin.connect();
    return await act(admin).finally(() => admin.disconnect());
  };
  return {
    async createTopic(topic, numPartitions, settings = {}) {
      const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
      const topics = [{ topic, numPartitions, configEntries }];
      await use(async (admin) => {
        await admin.createTopics({ topics, waitForLeaders: false });
        // A broker hears of it from the controller; kafkajs, asked to wait, gives up on one that has not yet.
        while (!(await admin.listTopics()).includes(topic));
      });
    },
    async widen(topic, count) {
      await use((admin) => admin.createPartitions({ topicPartitions: [{ topic, count }] }));
    },
    async partitions(topic) {
      const { topics } = await use((admin) => admin.fetchTopicMetadata({ topics: [topic] }));
      return topics[0]?.partitions.length;
    },
    async settings(topic, names) {
      const resources = [{ type: TOPIC, name: topic, configNames: [...names] }];
      const described = await use((admin) => admin.describeConfigs({ includeSynonyms: false, resources }));
      const entries = described.resources[0]?.configEntries ?? [];
      return names.map((name) => entries.find(({ configName }) => configName === name)?.configValue);
    },
    async setOnly(topic, name, value) {
      const resources = [{ type: TOPIC, name: topic, configEntries: [{ name, value }] }];
      await use((admin) => admin.alterConfigs({ validateOnly: false, resources }));
    },
    async permit(resourceName, operations) {
      const acl = operations.map((operation) => ({
        ...everyone,
        resourceType: kafkajs.AclResourceTypes.TOPIC,
        resourceName,
        resourcePatternType: kafkajs.ResourcePatternTypes.PREFIXED,
        operation: operationNumbers[operation],
        permissionType: kafkajs.AclPermissionTypes.ALLOW,
      }));
      await use((admin) => admin.createAcls({ acl }));
    },
    async reserveGroup(resourceName) {
      const acl = {
        principal: 'User:somebody-else',
        host: '*',
        resourceType: kafkajs.AclResourceTypes.GROUP,
        resourceName,
        resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
        operation: operationNumbers.READ,
        permissionType: kafkajs.AclPermissionTypes.ALLOW,
      };
      await use((admin) => admin.createAcls({ acl: [acl] }));
    },
    async forbidCreating() {
      const cluster = {
        ...everyone,
        resourceType: kafkajs.AclResourceTypes.CLUSTER,
        resourceName: 'kafka-cluster',
        resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
      };
      const { ALLOW, DENY } = kafkajs.AclPermissionTypes;
      const { ALL, CREATE } = kafkajs.AclOperationTypes;
      // The broker itself is ANONYMOUS here and must keep all other rights.
      const acl = [
        { ...cluster, operation: ALL, permissionType: ALLOW },
        { ...cluster, operation: CREATE, permissionType: DENY },
      ];
      await use((admin) => admin.createAcls({ acl }));
    },
  };
}
