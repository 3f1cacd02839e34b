import type { Spool, SpoolRecord } from '@countersign/core/ports.ts';
import { err, ok } from '@countersign/core/result.ts';
import { createBatchLimits } from './batch-limits.ts';
import { createNoteDelivery } from './note-delivery.ts';
import type { Problem } from './problem.ts';
import { createRenewedLink, type LinkPorts, type RenewedLink } from './renewed-link.ts';

export interface DeliveryPorts extends LinkPorts {
  readonly spool: Spool;
  readonly report: LinkPorts['report'] & {
    acknowledged(records: readonly SpoolRecord[], baseOffset: string): void;
    notesAcknowledged(): void;
    /** `attempts`: failures in a row. Records go on. */
    notesFailed(problem: Problem, attempts: number): void;
    /** The spool is empty. */
    idle(): void;
  };
}

type Batch = readonly [SpoolRecord, ...SpoolRecord[]];
type Sent =
  | { readonly outcome: 'verified'; readonly baseOffset: string }
  | { readonly outcome: 'too_large' | 'stopped' | 'set_aside' };

/** A safety net only: new records wake the sender. */
const idlePollMs = 5_000;
/** While draining time is short, and notes that a topic does not take now it may take in a moment. */
const drainPauseMs = 250;

/**
 * Sends what the spool holds, oldest first, until it is told to stop. One batch at a time, and the next one only after this one
 * was verified and acknowledged: that alone keeps the order. A batch that fails is sent again unchanged, for ever; nothing is
 * skipped, because a skipped record would be a hole in the trail. Only what is of somebody else may be set aside, whole ledgers with it.
 */
export async function deliver(ports: DeliveryPorts): Promise<void> {
  const { spool, lifecycle, report } = ports;
  const link = createRenewedLink(ports);
  const limits = createBatchLimits();
  const notes = createNoteDelivery(ports, link);
  while (lifecycle.phase !== 'stopped') {
    await notes.sendDue();
    const [first, ...rest] = spool.next(limits.now.records, limits.now.bytes);
    if (first === undefined) {
      if (lifecycle.phase === 'draining') {
        if (spool.waitingNotes() === 0) break;
        await lifecycle.pause(drainPauseMs);
      } else if (spool.nextNotes(1).length === 0 || notes.waitMs() > 0) {
        await beIdle(ports, link, notes.waitMs() || idlePollMs);
      }
      continue;
    }
    const batch: Batch = [first, ...rest];
    const sent = await sendUntilVerified(link, batch, spool);
    if (sent.outcome === 'verified') {
      spool.acknowledge(batch, sent.baseOffset);
      report.acknowledged(batch, sent.baseOffset);
      limits.verified();
    } else if (sent.outcome === 'too_large') {
      limits.tooLarge(batch);
    }
  }
  link.discard();
}

/** Connects even when there is nothing to send: an operator wants to know before the first record waits. */
async function beIdle({ lifecycle, report }: DeliveryPorts, link: RenewedLink, maxMs: number): Promise<void> {
  const connected = await link.attempt(async () => ok(undefined));
  if (connected?.ok !== true) return;
  report.idle();
  await lifecycle.idle(maxMs);
}

/**
 * Repeats one identical batch. Gives up on it only when the broker calls several records together too large: it wrote nothing
 * then, so sending them in smaller batches is as safe.
 */
async function sendUntilVerified(link: RenewedLink, batch: Batch, spool: Spool): Promise<Sent> {
  for (;;) {
    const sent = await link.attempt<Sent>(async (to) => {
      const result = await to.send(batch);
      if (result.ok) return ok({ outcome: 'verified', baseOffset: result.value });
      if (result.error.reason !== 'record_too_large') return result;
      return batch.length > 1 ? ok({ outcome: 'too_large' }) : err(named(result.error, batch[0]));
    });
    if (sent === undefined) return { outcome: 'stopped' };
    if (!sent.ok) {
      if (spool.setAside(batch)) return { outcome: 'set_aside' };
      continue;
    }
    if (sent.value.outcome === 'too_large') link.discard();
    return sent.value;
  }
}

/** Everything behind a record that the topic does not take has to wait, so the operator must be told which one it is. */
function named(problem: Problem, { ledger, seq, value }: SpoolRecord): Problem {
  return { ...problem, detail: `record ${ledger}/${seq}, ${value.byteLength} bytes: ${problem.detail}` };
}
