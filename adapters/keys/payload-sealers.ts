import path from 'node:path';
import type { DraftOf } from '@countersign/core/ledger/records/catalogue.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { isInUse, type KeyRing } from '@countersign/core/payload/key-ring.ts';
import type { Clock, Ledger, PayloadSealer, PayloadSealers } from '@countersign/core/ports.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import type { Logger } from 'pino';
import { watchDirectories } from '../files/directory-watch.ts';
import { readKeyRing } from './key-ring-file.ts';
import { createSealers } from './payload-sealer.ts';

export interface PayloadSealersOptions {
  /** The ring. */
  readonly file: string;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'error'>;
  /** The net under the watch of the folder; default 10 s. */
  readonly pollMs?: number;
}

export interface OpenPayloadSealers extends PayloadSealers {
  close(): void;
}

/** The keys in hand are good for a day after the ring was last fit for use: then nothing is sealed any more, so nothing is recorded. */
export const maxStaleMs = 24 * 60 * 60 * 1000;
const debounceMs = 200;

/** Which keys seal, and every ring that was refused, is in the ledger that they seal for. @throws when the ring is not fit for use */
export async function openPayloadSealers(options: PayloadSealersOptions): Promise<OpenPayloadSealers> {
  const { file, ledger, clock, log } = options;
  let inForce: Sealing | undefined;
  let seen = '';
  let refusedAt: number | undefined;

  const load = async (): Promise<string | undefined> => {
    const ring = readKeyRing(file);
    const told = ring.ok ? JSON.stringify(ring.value.keys) : ring.error;
    if (told === seen) return undefined;
    seen = told;
    const sealing = await sealingOf(ring, ledger);
    if (sealing.ok) {
      refusedAt = undefined;
      if (sealing.value.keys !== inForce?.keys) {
        log.info({ keys: sealing.value.keys.split(' ') }, 'payload keys loaded');
        await ledger.append([loadedRecord(sealing.value, clock.now())]);
      }
      inForce = sealing.value;
      return undefined;
    }
    refusedAt ??= clock.monotonic();
    log.error({ file, reason: sealing.error }, 'payload keys refused');
    await ledger.append([rejectedRecord(sealing.error, inForce, clock.now())]);
    return sealing.error;
  };
  const fault = await load();
  if (fault !== undefined) throw new Error(`${file}: ${fault}; nothing can be sealed`);

  let queue = Promise.resolve<unknown>(undefined);
  const watch = watchDirectories([path.dirname(file)], { debounceMs, pollMs: options.pollMs ?? 10_000 }, () => {
    queue = queue.then(load);
  });
  return {
    of: (retention) =>
      refusedAt !== undefined && clock.monotonic() - refusedAt > maxStaleMs ? undefined : inForce?.of(retention),
    close: () => watch.close(),
  };
}

interface Sealing {
  /** Ids of those that seal. */
  readonly keys: string;
  readonly ring: KeyRing;
  readonly of: (retention: string) => PayloadSealer;
}

async function sealingOf(ring: Result<KeyRing, string>, ledger: Ledger): Promise<Result<Sealing, string>> {
  if (!ring.ok) return ring;
  const keys = ring.value.keys.filter(isInUse).map(({ id }) => id);
  try {
    return ok({ keys: keys.join(' '), ring: ring.value, of: await createSealers(ring.value, ledger.id) });
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

function loadedRecord({ ring }: Sealing, nowMs: number): DraftOf<'key.loaded'> {
  const keys = ring.keys.filter(isInUse).map(({ id, retention, use }) => ({ id, retention, use }));
  return { type: 'key.loaded', time: isoTime(nowMs), data: { keys } };
}

function rejectedRecord(reason: string, inForce: Sealing | undefined, nowMs: number): DraftOf<'key.rejected'> {
  const data = { in_force: inForce === undefined ? [] : inForce.keys.split(' '), reason };
  return { type: 'key.rejected', time: isoTime(nowMs), data };
}
