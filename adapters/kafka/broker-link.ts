import type { KafkaConfig } from '@countersign/core/policy/config.ts';
import type { SpoolMessage } from '@countersign/core/ports.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import { verifyAnswer } from './answer.ts';
import type { KafkaClient, OpenClient } from './client.ts';
import { toMessage } from './message.ts';
import { explain, type Problem, tooNarrow } from './problem.ts';
import type { Security } from './security.ts';
import { checkTopics, type TopicCheck, topicName } from './topics.ts';

/**
 * A client that was seen to be fit for sending. No client is trusted: one send at a time, one partition per send, an answer counts
 * only when it says what it has to, and after anything odd this link is discarded and another one is made.
 */
export interface BrokerLink {
  readonly topics: TopicCheck;
  /** All records, or notes, are of one (ledger, topic, partition). @returns the verified offset of the first one */
  send(records: readonly [SpoolMessage, ...SpoolMessage[]]): Promise<Result<string, Problem>>;
  /** Ends every socket at once. Never waits. */
  discard(): void;
}

/**
 * Connects, and checks the topics.
 * @param onLost called when a connection of this link breaks while nobody may be sending
 */
export async function connectBroker(
  config: KafkaConfig,
  open: OpenClient,
  readSecurity: () => Result<Security, Problem>,
  onLost: () => void,
): Promise<Result<BrokerLink, Problem>> {
  const security = readSecurity();
  if (!security.ok) return security;
  const client = open(config, security.value, onLost);
  try {
    const topics = await client.inspect((admin) => checkTopics(admin, config));
    if (topics.ok) {
      await client.connect();
      return ok({
        topics: topics.value,
        send: (records) => send(client, topics.value, config.topicPrefix, records),
        discard: () => client.discard(),
      });
    }
    client.discard();
    return topics;
  } catch (error) {
    client.discard();
    return err(explain(error, 'connecting'));
  }
}

async function send(
  client: KafkaClient,
  topics: TopicCheck,
  prefix: string,
  records: readonly [SpoolMessage, ...SpoolMessage[]],
): Promise<Result<string, Problem>> {
  const { partition } = records[0];
  const topic = topicName(prefix, records[0].topic);
  const refused = topics.refused?.get(topic);
  if (refused !== undefined) return err(refused);
  const width = topics.partitions.get(topic) ?? 0;
  // A client may leave an unknown partition out and resolve as if all were well, or take another one.
  if (partition >= width) return err(tooNarrow(topic, width, partition));
  try {
    const offset = verifyAnswer(await client.send(topic, records.map(toMessage)), { topic, partition });
    return offset.ok ? offset : err({ reason: 'unverified_answer', detail: `topic ${topic}: ${offset.error}` });
  } catch (error) {
    return err(explain(error, `topic ${topic}`));
  }
}
