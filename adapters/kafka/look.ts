/** A cluster as a sender would find it, for whoever asks before one is started: nothing is made, changed or sent. */
import type { KafkaConfig } from '@countersign/core/policy/config.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import { systemClock } from '../process/system.ts';
import type { TopicAdmin } from './client.ts';
import { clients } from './clients.ts';
import { explain, type Problem } from './problem.ts';
import { createSecurity } from './security.ts';
import { checkTopics, type TopicCheck } from './topics.ts';

export interface ClusterLook {
  readonly brokers: number;
  readonly topics: TopicCheck;
}

/** Logs in as the configuration says. */
export async function lookAtCluster(config: KafkaConfig): Promise<Result<ClusterLook, Problem>> {
  const security = createSecurity(config, systemClock)();
  if (!security.ok) return security;
  const open = await clients[config.client]();
  const client = open(config, security.value, () => undefined);
  const look = async (admin: TopicAdmin): Promise<Result<ClusterLook, Problem>> => {
    const brokers = await admin.countBrokers();
    const topics = await checkTopics(admin, config, { make: false });
    return topics.ok ? ok({ brokers, topics: topics.value }) : topics;
  };
  try {
    return await client.inspect(look);
  } catch (error) {
    return err(explain(error, 'connecting'));
  } finally {
    client.discard();
  }
}
