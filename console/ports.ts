import type { ListFilter } from '@countersign/adapters/sqlite/approval-tables.ts';
import type { Approval, ApprovalError } from '@countersign/core/approval/approval.ts';
import type { ApprovalStore, Clock, Ids, Ledger, TokenVerifier } from '@countersign/core/ports.ts';
import type { Result } from '@countersign/core/result.ts';
import type { Logger } from 'pino';

/** Everything the console asks of the world. */
export interface ConsolePorts {
  readonly approvals: Pick<ApprovalStore, 'get' | 'decide'> & {
    list(filter: ListFilter, nowMs: number): Result<readonly Approval[], ApprovalError>;
  };
  readonly tokens: TokenVerifier;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Masks what a person typed before it is kept anywhere. */
  readonly redact: (text: string) => string;
  readonly ready: () => boolean;
  readonly tokenBytes: number;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}
