import { systemClock } from '@countersign/adapters/process/system.ts';
import type { SqliteApprovalStore } from '@countersign/adapters/sqlite/approval-store.ts';
import type { Approval } from '@countersign/core/approval/approval.ts';
import type { RecordDraft } from '@countersign/core/ledger/record.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import type { Ledger } from '@countersign/core/ports.ts';
import type { Logger } from 'pino';

const sweepMs = 5_000;

/** Ends approvals that nobody waits for or that are past their time, and records every such end. */
export function keepApprovals(
  store: SqliteApprovalStore,
  ledger: Ledger,
  abandonedMs: number,
  log: Logger,
): { stop(): void } {
  const sweep = async (): Promise<void> => {
    const ended = store.sweep(systemClock.now(), abandonedMs);
    if (!ended.ok) return log.error({ reason: ended.error.reason }, 'approvals could not be swept');
    if (ended.value.length === 0) return;
    const recorded = await ledger.append(ended.value.map(endRecord));
    if (recorded.ok) store.recorded(ended.value.map((approval) => approval.id));
  };
  const timer = setInterval(() => void sweep(), sweepMs);
  return { stop: () => clearInterval(timer) };
}

function endRecord(approval: Approval): RecordDraft {
  return {
    type: approval.state === 'withdrawn' ? 'approval.withdrawn' : 'approval.expired',
    session: approval.session,
    time: isoTime(systemClock.now()),
    data: {
      approval: approval.id,
      binding: approval.binding,
      endpoint: approval.endpoint,
      rule: approval.rule,
      requester: { ...approval.requester },
      votes: approval.votes.length,
    },
  };
}
