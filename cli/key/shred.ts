import { writeKeyRing } from '@countersign/adapters/keys/key-ring-file.ts';
import { destroyKeyFile, readPrivateKeys } from '@countersign/adapters/keys/private-keys.ts';
import { systemClock } from '@countersign/adapters/process/system.ts';
import type { DraftOf } from '@countersign/core/ledger/records/catalogue.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import {
  type KeyRing,
  type RingKey,
  refuseShred,
  type ShredRefusal,
  shredded,
} from '@countersign/core/payload/key-ring.ts';
import type { Configuration } from '@countersign/core/policy/config.ts';
import { unreachable } from '@countersign/core/result.ts';
import { operator, withOwnLedger } from '../ledger/own-ledger.ts';
import { checkedReason } from '../ledger/reason.ts';
import { readRing } from './rotate.ts';

export interface Shredding {
  readonly key: string;
  readonly privateDirectory?: string | undefined;
  readonly reason: string;
}

/** The answer is no; nothing was destroyed. */
export class KeyRefused extends Error {}

/**
 * Recorded, then destroyed, then marked: one that stops in between is done again. The ledgers are not touched, so they verify as
 * before: their hashes are over what was sealed.
 */
export async function shredKey(shredding: Shredding, configuration: Configuration): Promise<void> {
  const reason = checkedReason(shredding.reason);
  const { payload: file, private: standard } = configuration.keys;
  const directory = shredding.privateDirectory ?? standard;
  await withOwnLedger(configuration, async (record) => {
    const ring = readRing(file);
    const key = shreddable(ring, shredding.key);
    const found = readPrivateKeys(directory).keys.find(({ publicId }) => publicId === key.id);
    if (found === undefined)
      throw new KeyRefused(
        `its private half is not in ${directory}: --private says where; what is not here cannot be destroyed`,
      );
    const now = isoTime(systemClock.now());
    const { id, retention, use, since } = key;
    await record({
      type: 'key.shredded',
      time: now,
      data: { id, retention, use, since, retired: key.retired, reason, operator: operator() },
    } satisfies DraftOf<'key.shredded'>);
    destroyKeyFile(found.file);
    writeKeyRing(file, shredded(ring, id, now));
  });
}

function shreddable(ring: KeyRing, id: string): RingKey & { readonly retired: string } {
  const refusal = refuseShred(ring, id);
  if (refusal !== undefined) throw new KeyRefused(wordsOf(refusal, id));
  const key = ring.keys.find((one) => one.id === id);
  if (key?.retired === undefined) throw new KeyRefused(wordsOf({ why: 'in_use' }, id));
  return { ...key, retired: key.retired };
}

function wordsOf(refusal: ShredRefusal, id: string): string {
  switch (refusal.why) {
    case 'unknown':
      return `no key ${id} in the ring`;
    case 'in_use':
      return `${id} seals now: rotate first, and services have taken the new keys when each has a key.loaded record of them`;
    case 'shredded_before':
      return `${id} was shredded before`;
    case 'legal_hold':
      return refusal.holds
        .map(
          ({ id: hold, session, reason }) => `legal hold ${hold}${session ? ` of session ${session}` : ''}: ${reason}`,
        )
        .join('\n');
    default:
      return unreachable(refusal);
  }
}
