import type { KafkaClientName } from '@countersign/core/policy/config.ts';
import type { OpenClient } from './client.ts';

/** Loaded when it is chosen: the other library costs no memory and has no say. */
export const clients: Readonly<Record<KafkaClientName, () => Promise<OpenClient>>> = {
  kafkajs: async () => (await import('./kafkajs-client.ts')).openKafkajs,
  async platformatic() {
    // It would print each request on stderr, with records and what a login sends. In the sender's thread this is a copy.
    delete process.env['DEBUG'];
    return (await import('./platformatic-client.ts')).openPlatformatic;
  },
};
