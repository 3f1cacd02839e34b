/** A copy of a trail in Kafka, changed on the way by somebody who may write to the topics and, in tests, make new ones. */
import kafkajs from 'kafkajs';
import type { Broker } from './broker.ts';

export const trailTopics = ['events', 'payloads', 'approvals', 'admin', 'checkpoints', 'keys'] as const;
export type TrailTopic = (typeof trailTopics)[number];

export interface TrailMessage {
  readonly topic: TrailTopic;
  readonly partition: number;
  readonly key: string;
  readonly value: Buffer | null;
}

/** As the sink left it. */
export async function messagesOf(broker: Broker, prefix: string): Promise<readonly TrailMessage[]> {
  const all: TrailMessage[] = [];
  for (const topic of trailTopics) {
    for (const { partition, key = '', value } of await broker.readAll(`${prefix}.${topic}.v1`)) {
      all.push({ topic, partition, key, value });
    }
  }
  return all;
}

export async function writeTrail(
  broker: Pick<Broker, 'address'>,
  prefix: string,
  messages: readonly TrailMessage[],
  topics: readonly TrailTopic[] = trailTopics,
): Promise<void> {
  const kafka = new kafkajs.Kafka({ clientId: 'test', brokers: [broker.address], logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const named = topics.map((topic) => ({ topic: `${prefix}.${topic}.v1`, numPartitions: 3 }));
  await admin.createTopics({ topics: named, waitForLeaders: false });
  for (let known: readonly string[] = []; !named.every(({ topic }) => known.includes(topic)); ) {
    known = await admin.listTopics();
  }
  await admin.disconnect();
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    // On a busy machine it sends again what it sent: a test that removes a record must not find it there a second time.
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  for (const [topic, own] of Map.groupBy(messages, (message) => message.topic)) {
    await producer.send({
      topic: `${prefix}.${topic}.v1`,
      acks: -1,
      messages: own.map(({ topic: _, ...rest }) => rest),
    });
  }
  await producer.disconnect();
}
