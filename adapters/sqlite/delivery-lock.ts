import path from 'node:path';
import type { ReplicaPlace } from './ledger-directory.ts';
import { lockFile } from './replica-lock.ts';

/** Who delivers the ledgers of a replica that are not of a run of now: dies with its holder. @returns undefined: another sink has it */
export function lockDelivery({ directory }: ReplicaPlace): { release(): void } | undefined {
  return lockFile(path.join(directory, 'delivery.lock'), 0);
}
