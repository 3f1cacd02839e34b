import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { registerZstd } from '../zstd.ts';

export interface ConsumedRecord {
  readonly partition: number;
  /** Decimal. */
  readonly offset: string;
  readonly key: string | undefined;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Long polls are waited for when a consumer ends: with the default of 5 s every test would take 5 s more. */
const maxWaitTimeInMs = 100;

/** Everything in a topic up to its present end, partition by partition in offset order, with a throw-away group. */
export async function readTopic(addresses: readonly string[], topic: string): Promise<readonly ConsumedRecord[]> {
  for (;;) {
    try {
      return await readOnce(addresses, topic);
    } catch (error) {
      // A broker that was just started still loads its groups. From the beginning: what was read may come again.
      if (!(error instanceof Error && 'retriable' in error && error.retriable === true)) throw error;
    }
  }
}

async function readOnce(addresses: readonly string[], topic: string): Promise<readonly ConsumedRecord[]> {
  registerZstd();
  const kafka = new kafkajs.Kafka({ clientId: 'test', brokers: [...addresses], logLevel: kafkajs.logLevel.NOTHING });
  const unread = await endsOf(kafka, topic);
  const records: ConsumedRecord[] = [];
  if (unread.size === 0) return records;
  const consumer = kafka.consumer({ groupId: `test-${randomUUID()}`, maxWaitTimeInMs, allowAutoTopicCreation: false });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    const eachBatch = async ({ batch }: kafkajs.EachBatchPayload) => {
      for (const message of batch.messages) records.push(fromMessage(batch.partition, message));
      if (BigInt(batch.lastOffset()) + 1n >= (unread.get(batch.partition) ?? 0n)) unread.delete(batch.partition);
      if (unread.size === 0) resolve();
    };
    consumer.run({ autoCommit: false, eachBatch }).catch(reject);
  }).finally(() => consumer.disconnect());
  return records.sort((a, b) => a.partition - b.partition || Number(BigInt(a.offset) - BigInt(b.offset)));
}

/** The end of every partition that holds something. */
async function endsOf(kafka: kafkajs.Kafka, topic: string): Promise<Map<number, bigint>> {
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic).finally(() => admin.disconnect());
  const filled = offsets.filter(({ low, high }) => BigInt(high) > BigInt(low));
  return new Map(filled.map(({ partition, high }) => [partition, BigInt(high)]));
}

function fromMessage(partition: number, { key, value, offset, headers }: kafkajs.KafkaMessage): ConsumedRecord {
  return {
    partition,
    offset,
    key: key?.toString(),
    value: value ?? Buffer.alloc(0),
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, header]) => [name, String(header)])),
  };
}
