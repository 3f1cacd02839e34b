/** Where a record goes besides its ledger: fixed when it is written, so that adding partitions never reorders what is spooled. */
import type { RecordType } from './record.ts';

export const topics = ['events', 'payloads', 'approvals', 'admin'] as const;
/** Short name; the sink adds prefix and version. */
export type Topic = (typeof topics)[number];

/** What vouches for records goes beside them: a checkpoint of many records is worth more than any of them, and is kept longer. */
export const noteTopics = ['checkpoints', 'keys'] as const;
export type NoteTopic = (typeof noteTopics)[number];

const topicOfType = {
  'ledger.opened': 'admin',
  'ledger.closed': 'admin',
  'ledger.degraded': 'admin',
  'ledger.gap_declared': 'admin',
  'ledger.witnessed': 'admin',
  'ledger.pruned': 'admin',
  'session.opened': 'events',
  'session.received': 'events',
  'session.held': 'events',
  'session.closed': 'events',
  'session.denied': 'events',
  'session.aborted': 'events',
  'refusals.counted': 'events',
  'payload.part': 'payloads',
  'payload.revealed': 'admin',
  'payload.reveal_refused': 'admin',
  'evidence.exported': 'admin',
  'approval.requested': 'approvals',
  'approval.decided': 'approvals',
  'approval.consumed': 'approvals',
  'approval.expired': 'approvals',
  'approval.withdrawn': 'approvals',
  'policy.loaded': 'admin',
  'policy.rejected': 'admin',
  'kafka.topics_drifted': 'admin',
  'key.loaded': 'admin',
  'key.rejected': 'admin',
  'key.rotated': 'admin',
  'key.shredded': 'admin',
  'key.held': 'admin',
  'key.released': 'admin',
} as const satisfies Record<RecordType, Topic>;

/** Few records whose order matters across ledgers: these topics are read from one partition, whatever their width. */
const singlePartition: ReadonlySet<Topic> = new Set(['approvals', 'admin']);

export function topicOf(type: RecordType): Topic {
  return topicOfType[type];
}

/**
 * The partition of a ledger's records of one topic: FNV-1a (32 bits) over the ledger id, modulo `partitions`.
 *
 * @param ledger `<service>/<replica>/<ULID>`, ASCII
 */
export function partitionOf(ledger: string, topic: Topic, partitions: number): number {
  if (singlePartition.has(topic)) return 0;
  let hash = 0x811c9dc5;
  for (let index = 0; index < ledger.length; index++) {
    hash = Math.imul(hash ^ ledger.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % partitions;
}
