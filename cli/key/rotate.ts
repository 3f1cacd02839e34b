import { readKeyRingOrNone, writeKeyRing } from '@countersign/adapters/keys/key-ring-file.ts';
import { createPayloadKeys } from '@countersign/adapters/keys/private-keys.ts';
import { systemClock } from '@countersign/adapters/process/system.ts';
import type { DraftOf } from '@countersign/core/ledger/records/catalogue.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { type KeyRing, type NewKey, rotated } from '@countersign/core/payload/key-ring.ts';
import type { Configuration } from '@countersign/core/policy/config.ts';
import { operator, withOwnLedger } from '../ledger/own-ledger.ts';
import { checkedReason } from '../ledger/reason.ts';
import { UsageError } from '../up/configuration.ts';

export interface Rotation {
  /** A pair of keys for each. */
  readonly retentions: readonly string[];
  /** Where the private halves go; the folder of the configuration when absent. */
  readonly privateDirectory?: string | undefined;
  readonly reason: string;
}

/**
 * New keys, recorded, then in the ring: services seal to them within seconds, and those before only open. In this order: a private
 * half that is in no ring seals nothing, and a ring without its record would be keys that came from nowhere.
 */
export async function rotateKeys(rotation: Rotation, configuration: Configuration): Promise<readonly NewKey[]> {
  const reason = checkedReason(rotation.reason);
  const { payload: file, private: standard } = configuration.keys;
  return withOwnLedger(configuration, async (record) => {
    const before = readRing(file);
    const made = createPayloadKeys(rotation.privateDirectory ?? standard, rotation.retentions);
    const now = isoTime(systemClock.now());
    const { ring, retired } = rotated(before, made, now);
    await record({
      type: 'key.rotated',
      time: now,
      data: { made, retired, reason, operator: operator() },
    } satisfies DraftOf<'key.rotated'>);
    writeKeyRing(file, ring);
    return made;
  });
}

/** @throws UsageError */
export function readRing(file: string): KeyRing {
  const ring = readKeyRingOrNone(file);
  if (!ring.ok) throw new UsageError(`${file}: ${ring.error}`);
  return ring.value;
}
