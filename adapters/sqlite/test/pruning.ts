/** A replica whose records are pruned: Kafka is a spool that is acknowledged, and days pass when the test says so. */
import { pruningData } from '@countersign/core/ledger/pruning.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import type { Clock, Spool } from '@countersign/core/ports.ts';
import { systemClock } from '../../process/system.ts';
import type { LedgerOptions, OpenLedger } from '../ledger.ts';
import { openSpool } from '../spool.ts';
import { draft, open, replica, service } from './ledgers.ts';

export const dayMs = 86_400_000;
export const keepMs = 7 * dayMs;

/** A clock whose days pass at once, and whose wall may say anything. */
export function clockOfDays(): Clock & { pass(days: number): void; jump(ms: number): void } {
  let [passedMs, jumpedMs] = [0, 0];
  return {
    now: () => systemClock.now() + passedMs + jumpedMs,
    monotonic: () => systemClock.monotonic() + passedMs,
    pass(days) {
      passedMs += days * dayMs;
    },
    jump(ms) {
      jumpedMs += ms;
    },
  };
}

export const start = (directory: string, clock: Clock, options: Partial<LedgerOptions> = {}): Promise<OpenLedger> =>
  open(directory, { clock, keepMs, ...options });

let written = 0;
/** ULIDs, of this process alone. */
const newSession = (): string =>
  `01M83J0V1F${String(process.pid).padStart(8, '0')}${String(written++).padStart(8, '0')}`;

/** Calls that have their end, three records each. */
export async function writeCalls(ledger: OpenLedger, calls: number): Promise<void> {
  const drafts = Array.from({ length: calls }, newSession).flatMap((session) => [
    draft('session.opened', session, { n: 1 }),
    draft('payload.part', session, { sealed: 'x'.repeat(500) }),
    draft('session.closed', session, { outcome: 'completed' }),
  ]);
  for (let from = 0; from < drafts.length; from += 300) {
    const appended = await ledger.append(drafts.slice(from, from + 300));
    if (!appended.ok) throw new Error(appended.error.reason);
  }
}

/** Kafka takes all there is, or so many batches. */
export function deliver(directory: string, batches = Infinity): void {
  const spool: Spool = openSpool({ directory, service, replica });
  for (let n = 0; n < batches; n++) {
    const records = spool.next(500, 1e9);
    if (records.length === 0) break;
    spool.acknowledge(records, String(n));
  }
  for (let n = 0; n < batches; n++) {
    const notes = spool.nextNotes(100);
    if (notes.length === 0) break;
    spool.acknowledgeNotes(notes, String(n));
  }
  spool.close();
}

/** What the service does at one of its looks. @returns how many records went */
export async function pruneOnce(ledger: OpenLedger): Promise<number> {
  const looked = await ledger.pruning.look();
  if (!looked.ok) throw new Error(looked.error.reason);
  if (looked.value === undefined) return 0;
  const data = pruningData(looked.value);
  await ledger.append([{ type: 'ledger.pruned', time: isoTime(systemClock.now()), data }]);
  for (let records = 0; ; ) {
    const pruned = await ledger.pruning.prune(looked.value);
    if (!pruned.ok) throw new Error(pruned.error.reason);
    if (pruned.value === undefined) return records;
    records += pruned.value.records;
  }
}
