/**
 * Certificates and checkpoints, between the batches of records. A topic of theirs that takes none holds up no record: records are what
 * cannot be had twice, and notes wait in the ledger.
 */
import type { SpoolNote } from '@countersign/core/ledger/spool-note.ts';
import { ok } from '@countersign/core/result.ts';
import { backoffMs } from './backoff.ts';
import type { DeliveryPorts } from './deliver.ts';
import type { RenewedLink } from './renewed-link.ts';

export interface NoteDelivery {
  /** One attempt to send what may go, unless the last one failed a moment ago. */
  sendDue(): Promise<void>;
  /** How long until the next attempt makes sense; 0: at once. */
  waitMs(): number;
}

/** Of 16 KiB each at most. */
const maxNotes = 50;

export function createNoteDelivery(
  { spool, lifecycle, report, random }: DeliveryPorts,
  link: RenewedLink,
): NoteDelivery {
  let failures = 0;
  let notBefore = 0;
  const waitMs = () => (lifecycle.phase === 'running' ? Math.max(0, notBefore - performance.now()) : 0);
  return {
    waitMs,
    async sendDue() {
      if (waitMs() > 0) return;
      // After a failure one at a time: the topic may not take all of them together.
      const [first, ...rest] = spool.nextNotes(failures > 0 ? 1 : maxNotes);
      if (first === undefined) return;
      const batch: readonly [SpoolNote, ...SpoolNote[]] = [first, ...rest];
      // What the broker says of notes is no failure of the link, which would hold up records.
      const attempted = await link.attempt(async (to) => ok(await to.send(batch)));
      if (attempted?.ok !== true) return;
      const sent = attempted.value;
      if (sent.ok) {
        spool.acknowledgeNotes(batch, sent.value);
        failures = 0;
        report.notesAcknowledged();
        return;
      }
      link.discard();
      failures += 1;
      notBefore = performance.now() + backoffMs(failures, random);
      report.notesFailed(sent.error, failures);
    },
  };
}
