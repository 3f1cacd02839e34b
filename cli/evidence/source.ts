/** Where a pack takes its records from: the ledgers of this host, or all that Kafka has. */
import type { Origin } from '@countersign/adapters/evidence/gather.ts';
import type { Trail } from '@countersign/adapters/kafka/trail.ts';
import { listReplicas } from '@countersign/adapters/sqlite/ledger-directory.ts';
import type { ReplicaSource } from '@countersign/adapters/sqlite/ledger-sources.ts';
import { isReplicaLocked } from '@countersign/adapters/sqlite/replica-lock.ts';
import { readSources } from '../ledger/bundle.ts';
import { trailText } from '../ledger/kafka.ts';

export interface EvidenceSource {
  readonly sources: () => readonly ReplicaSource[];
  readonly origin: Origin;
}

export function folderSource(directory: string): EvidenceSource {
  const origin = { name: directory, says: [], findings: [], moreFindings: 0 };
  return { sources: () => readSources(directory), origin };
}

/**
 * Of every host and of all that was pruned on them.
 * @param directory of the ledgers of this host: Kafka cannot tell whether somebody still writes, their locks can
 */
export function trailSource(trail: Trail, topicPrefix: string, directory: string): EvidenceSource {
  const { strays, replicas } = trail;
  const origin = {
    name: `the topics of ${topicPrefix}`,
    says: trailText(trail),
    findings: strays.found,
    moreFindings: strays.more,
  };
  return { sources: () => replicas.map((replica) => withLock(replica, directory)), origin };
}

function withLock(replica: ReplicaSource, directory: string): ReplicaSource {
  const here = listReplicas(directory).find((place) =>
    replica.ledgers().some(({ id }) => id.startsWith(`${place.service}/${place.replica}/`)),
  );
  return here === undefined ? replica : { ...replica, isWriting: () => isReplicaLocked(here) || undefined };
}
