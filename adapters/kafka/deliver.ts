import type { Spool, SpoolRecord } from '@countersign/core/ports.ts';
import { err, ok } from '@countersign/core/result.ts';
import type { BrokerLink } from './broker-link.ts';
import type { Problem } from './problem.ts';
import { createRenewedLink, type LinkPorts, type RenewedLink } from './renewed-link.ts';

export interface DeliveryPorts extends LinkPorts {
  readonly spool: Spool;
  readonly report: LinkPorts['report'] & {
    acknowledged(records: readonly SpoolRecord[], baseOffset: string): void;
    /** The spool is empty. */
    idle(): void;
  };
}

type Batch = Parameters<BrokerLink['send']>[0];
type Sent =
  | { readonly outcome: 'verified'; readonly baseOffset: string }
  | { readonly outcome: 'too_large' | 'stopped' };

/** 200 records of 900 KB in all, with their headers, stay below Kafka's default max.message.bytes even uncompressed. */
const largestBatch = { records: 200, bytes: 900 * 1024 };
/** A safety net only: new records wake the sender. */
const idlePollMs = 5_000;

/**
 * Sends what the spool holds, oldest first, until it is told to stop. One batch at a time, and the next one only after this one
 * was verified and acknowledged: that alone keeps the order. A batch that fails is sent again unchanged, for ever; nothing is
 * skipped, because a skipped record would be a hole in the trail.
 */
export async function deliver(ports: DeliveryPorts): Promise<void> {
  const { spool, lifecycle, report } = ports;
  const link = createRenewedLink(ports);
  let limits: { readonly records: number; readonly bytes: number } = largestBatch;
  while (lifecycle.phase !== 'stopped') {
    const [first, ...rest] = spool.next(limits.records, limits.bytes);
    if (first === undefined) {
      if (lifecycle.phase === 'draining') break;
      await beIdle(ports, link);
      continue;
    }
    const batch: Batch = [first, ...rest];
    const sent = await sendUntilVerified(link, batch);
    if (sent.outcome === 'verified') {
      spool.acknowledge(batch, sent.baseOffset);
      report.acknowledged(batch, sent.baseOffset);
    } else if (sent.outcome === 'too_large') {
      // The topic takes less than Kafka's default. The broker wrote nothing then, so smaller batches are as safe.
      limits = { records: Math.ceil(batch.length / 2), bytes: Math.ceil(limits.bytes / 2) };
    }
  }
  link.discard();
}

/** Connects even when there is nothing to send: an operator wants to know before the first record waits. */
async function beIdle({ lifecycle, report }: DeliveryPorts, link: RenewedLink): Promise<void> {
  const connected = await link.attempt(async () => ok(undefined));
  if (connected?.ok !== true) return;
  report.idle();
  await lifecycle.idle(idlePollMs);
}

/** Repeats one identical batch. Gives up on it only when the broker calls several records together too large. */
async function sendUntilVerified(link: RenewedLink, batch: Batch): Promise<Sent> {
  for (;;) {
    const sent = await link.attempt(async (to) => {
      const result = await to.send(batch);
      return result.ok ? result : err(placed(result.error, batch));
    });
    if (sent === undefined) return { outcome: 'stopped' };
    if (sent.ok) return { outcome: 'verified', baseOffset: sent.value };
    if (sent.error.reason === 'record_too_large' && batch.length > 1) return { outcome: 'too_large' };
  }
}

/** Everything behind a record that the topic does not take has to wait, so the operator must be told which one it is. */
function placed(problem: Problem, batch: Batch): Problem {
  if (problem.reason !== 'record_too_large') return problem;
  const bytes = batch.reduce((sum, { value }) => sum + value.byteLength, 0);
  const what = batch.length > 1 ? `${batch.length} records together` : `record ${batch[0].ledger}/${batch[0].seq}`;
  return { ...problem, detail: `${what}, ${bytes} bytes: ${problem.detail}` };
}
