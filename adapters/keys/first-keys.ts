import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { anyRetention, emptyRing, rotated } from '@countersign/core/payload/key-ring.ts';
import { systemClock } from '../process/system.ts';
import { writeKeyRing } from './key-ring-file.ts';
import { createPayloadKeys } from './private-keys.ts';

/** Of a gateway that has no ring yet: nothing was sealed, so there is no more to record than what services say when they load it. */
export function makeFirstKeys(keys: { readonly payload: string; readonly private: string }): void {
  mkdirSync(dirname(keys.payload), { recursive: true, mode: 0o700 });
  const made = createPayloadKeys(keys.private, [anyRetention]);
  writeKeyRing(keys.payload, rotated(emptyRing, made, isoTime(systemClock.now())).ring);
}
