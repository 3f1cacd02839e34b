/** Removes from this replica's ledgers what Kafka has had for long enough, each time after a record says so: ADR 0035. */
import { type Pruning, pruningData } from '@countersign/core/ledger/pruning.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import type { Clock, Ledger, Timers } from '@countersign/core/ports.ts';
import type { LedgerPruning } from '../sqlite/ledger.ts';
import type { PrunedSlice } from '../sqlite/ledger-pruner.ts';
import { repeat } from './repeat.ts';

export interface PruneOptions {
  /** Ours: its record says what goes, from it and from those before. */
  readonly ledger: Ledger;
  readonly pruning: LedgerPruning;
  /** Kafka can be reached, and keeps what it is given. */
  readonly isKafkaSound: () => boolean;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly onPruned: (slice: PrunedSlice) => void;
  readonly log: { info(fields: object, message: string): void; error(fields: object, message: string): void };
}

const lookEveryMs = 600_000;

/** @returns stops it, between two slices */
export function startPruning(options: PruneOptions): () => Promise<void> {
  const { pruning, isKafkaSound, timers, log } = options;
  let isStopped = false;
  let told: string | undefined;
  const look = async (): Promise<void> => {
    // Asked also when nothing may go: what Kafka has grows old meanwhile.
    const looked = await pruning.look();
    const failure = looked.ok ? await pruneUnless(looked.value) : looked.error.reason;
    if (failure !== undefined && failure !== told)
      log.error({ reason: failure }, 'records cannot be pruned: they stay');
    told = failure;
  };
  const pruneUnless = async (found: Pruning | undefined): Promise<string | undefined> =>
    found === undefined || !isKafkaSound() ? undefined : prune(found, options, () => isStopped);
  const stop = repeat(timers, lookEveryMs, look);
  return () => {
    isStopped = true;
    return stop();
  };
}

/** @returns why it could not be done to the end */
async function prune(
  found: Pruning,
  { ledger, pruning, isKafkaSound, clock, timers, onPruned, log }: PruneOptions,
  isStopped: () => boolean,
): Promise<string | undefined> {
  const draft = { type: 'ledger.pruned', time: isoTime(clock.now()), data: pruningData(found) } as const;
  const written = await ledger.append([draft]);
  if (!written.ok) return undefined; // the disk is full, or we end: nothing goes without a record
  let records = 0;
  while (!isStopped() && isKafkaSound()) {
    const pruned = await pruning.prune(found);
    if (!pruned.ok) return pruned.error.reason;
    if (pruned.value === undefined) break;
    records += pruned.value.records;
    onPruned(pruned.value);
    await timers.turn();
  }
  log.info({ ledger: found.ledger, size: found.size, records }, 'records that Kafka has were pruned');
  return undefined;
}
