import { readPrivateKeys } from '@countersign/adapters/keys/private-keys.ts';
import type { JsonObject } from '@countersign/core/ledger/record.ts';
import { isInUse, type KeyRing, type RingKey } from '@countersign/core/payload/key-ring.ts';
import type { Configuration } from '@countersign/core/policy/config.ts';
import { alignColumns } from '../terminal-text.ts';
import { keptUntil } from './kept-until.ts';
import { readRing } from './rotate.ts';

export interface ListedKey {
  readonly key: RingKey;
  readonly state: 'seals' | 'opens' | 'shredded';
  /** Of a retired one: what was sealed to it has been kept long enough from then on. */
  readonly keptUntil: string | undefined;
  readonly holds: readonly string[];
  /** Its private half is in the folder that was looked at. */
  readonly here: boolean;
}

export function listKeys({ keys }: Configuration, privateDirectory: string | undefined): readonly ListedKey[] {
  const ring = readRing(keys.payload);
  const here = new Set(readPrivateKeys(privateDirectory ?? keys.private).keys.map(({ publicId }) => publicId));
  return ring.keys.map((key) => ({
    key,
    state: stateOf(key),
    keptUntil: keptUntil(key),
    holds: holdsOf(ring, key.id),
    here: here.has(key.id),
  }));
}

export function keysText(listed: readonly ListedKey[]): string {
  const rows = listed.map(({ key, state, keptUntil, holds, here }) => [
    key.id,
    key.use,
    key.retention,
    state,
    key.since,
    key.retired ?? '-',
    keptUntil ?? '-',
    holds.length === 0 ? '-' : holds.join(' '),
    here ? 'here' : '-',
  ]);
  const head = ['KEY', 'USE', 'RETENTION', 'STATE', 'SINCE', 'RETIRED', 'KEPT UNTIL', 'LEGAL HOLD', 'PRIVATE HALF'];
  return alignColumns([head, ...rows]);
}

export function keysJson(listed: readonly ListedKey[]): JsonObject {
  return {
    keys: listed.map(({ key, state, keptUntil, holds, here }) => ({
      ...key,
      state,
      kept_until: keptUntil,
      holds,
      private_half_here: here,
    })),
  };
}

function stateOf(key: RingKey): ListedKey['state'] {
  if (key.shredded !== undefined) return 'shredded';
  return isInUse(key) ? 'seals' : 'opens';
}

const holdsOf = ({ holds }: KeyRing, id: string): readonly string[] =>
  holds.filter(({ keys }) => keys.includes(id)).map((hold) => hold.id);
