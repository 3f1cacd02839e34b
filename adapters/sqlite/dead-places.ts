import fs from 'node:fs';
import { isWriterName } from '@countersign/core/ledger/ledger-id.ts';
import type { Clock } from '@countersign/core/ports.ts';
import { commandService, listReplicasOf, type ReplicaPlace } from './ledger-directory.ts';
import { isReplicaLocked } from './replica-lock.ts';
import type { SpoolPlace } from './spool.ts';

const lookEveryMs = 10_000;
/** As long as until a peer ends the sessions of a dead replica (adapters/process/close-dead.ts). */
const deadAfterMs = 15 * 60_000;

/**
 * Replicas of other names whom nobody wrote as at any look for a quarter of an hour. What cannot be looked at is none of them: it may be
 * anything, and belong to anybody.
 *
 * @returns asked again, looks again if it is time to, and else has none
 */
export function deadPlaces(own: SpoolPlace, clock: Pick<Clock, 'monotonic'>): () => readonly ReplicaPlace[] {
  const unlockedSince = new Map<string, number>();
  let lookedMs = -Infinity;
  const isDead = (place: ReplicaPlace, now: number): boolean => {
    if (place.service === own.service && place.replica === own.replica) return false;
    const isFree = tryTo(() => !isReplicaLocked(place), false);
    if (!isFree) unlockedSince.delete(place.directory);
    const since = unlockedSince.get(place.directory) ?? now;
    if (isFree) unlockedSince.set(place.directory, since);
    return isFree && now - since >= deadAfterMs;
  };
  return () => {
    const now = clock.monotonic();
    if (now - lookedMs < lookEveryMs) return [];
    lookedMs = now;
    const services = tryTo(() => fs.readdirSync(own.directory), [])
      .filter(isWriterName)
      .toSorted();
    return services
      .filter((service) => service !== commandService)
      .flatMap((service) => tryTo(() => listReplicasOf(own.directory, service), []))
      .filter((place) => isDead(place, now));
  };
}

function tryTo<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
