import type { SqliteApprovalStore } from '@countersign/adapters/sqlite/approval-store.ts';
import type { Approval } from '@countersign/core/approval/approval.ts';
import type { DraftOf } from '@countersign/core/ledger/records/catalogue.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import type { Clock, Ledger } from '@countersign/core/ports.ts';
import type { Logger } from 'pino';

export interface HousekeepingOptions {
  readonly store: Pick<SqliteApprovalStore, 'sweep' | 'recorded'>;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'error'>;
  /** How long a request stays open that no call waits for. */
  readonly abandonedMs: number;
  readonly sweepMs?: number;
}

const defaultSweepMs = 5_000;

export interface Housekeeping {
  /** Whether the store could be used the last time. */
  works(): boolean;
  stop(): void;
}

/** Ends approvals that nobody waits for or that are past their time, and records every such end. */
export function keepApprovals(options: HousekeepingOptions): Housekeeping {
  const { store, ledger, clock, log } = options;
  const patience = new Patience(clock, options.abandonedMs);
  let works = true;
  const sweep = async (): Promise<void> => {
    const ended = store.sweep(clock.now(), patience.abandonedMs());
    works = ended.ok;
    if (!ended.ok) return log.error({ reason: ended.error.reason }, 'approvals could not be swept');
    if (ended.value.length === 0) return;
    const recorded = await ledger.append(ended.value.map((approval) => endRecord(approval, clock.now())));
    if (recorded.ok) store.recorded(ended.value.map((approval) => approval.id));
  };
  const timer = setInterval(() => void sweep(), options.sweepMs ?? defaultSweepMs);
  return { works: () => works, stop: () => clearInterval(timer) };
}

/** What a wall clock may gain on the monotonic one between two sweeps and be no jump. */
const toleranceMs = 2_000;

/**
 * Whether a call still waits is seen from when it was last noted, by wall clock: after a jump, or when the host was asleep, every
 * request looks abandoned, those of waiting calls too. Then, and at the start, nothing is taken for abandoned until all who wait
 * had the time to say so and all who were cut off had the time to come back.
 */
class Patience {
  readonly #clock: Clock;
  readonly #abandonedMs: number;
  #offsetMs: number;
  #trustedFromMs: number;

  constructor(clock: Clock, abandonedMs: number) {
    this.#clock = clock;
    this.#abandonedMs = abandonedMs;
    this.#offsetMs = clock.now() - clock.monotonic();
    this.#trustedFromMs = clock.monotonic() + abandonedMs;
  }

  /** For the sweep of this moment. */
  abandonedMs(): number {
    const monotonicMs = this.#clock.monotonic();
    const offsetMs = this.#clock.now() - monotonicMs;
    if (Math.abs(offsetMs - this.#offsetMs) > toleranceMs) this.#trustedFromMs = monotonicMs + this.#abandonedMs;
    this.#offsetMs = offsetMs;
    return monotonicMs < this.#trustedFromMs ? Number.POSITIVE_INFINITY : this.#abandonedMs;
  }
}

function endRecord(approval: Approval, nowMs: number): DraftOf<'approval.expired' | 'approval.withdrawn'> {
  return {
    type: approval.state === 'withdrawn' ? 'approval.withdrawn' : 'approval.expired',
    session: approval.session,
    time: isoTime(nowMs),
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
