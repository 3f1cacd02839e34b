/**
 * Approvals in one SQLite file, shared by the proc-services and the console of a host. Every change is one event appended
 * and folded into the current row in the same transaction; the fold is core's. Nothing throws through the port: whatever
 * SQLite says becomes ERR_APPROVAL_STORE, and the call that needed it is refused.
 */
import type { DatabaseSync } from 'node:sqlite';
import type {
  Approval,
  ApprovalBinding,
  ApprovalError,
  ApprovalEvent,
  ApprovalHousekeeping,
  ApprovalRequest,
  Verdict,
} from '@countersign/core/approval/approval.ts';
import { parseApprovalEvent } from '@countersign/core/approval/schema.ts';
import { applyEvent, expire, isLive } from '@countersign/core/approval/transitions.ts';
import { maySee } from '@countersign/core/approval/voter.ts';
import type { ApprovalStore, Clock, Ids } from '@countersign/core/ports.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import { approvalTables, type ListFilter, openApprovalDatabase } from './approval-tables.ts';
import { troubleOf } from './approval-trouble.ts';
import { ApprovalWaiters } from './approval-waiters.ts';

export interface ApprovalStoreOptions {
  readonly file: string;
  readonly ids: Ids;
  readonly clock: Clock;
  /** Requests of one subject that may wait for people at the same time. */
  readonly holdsPerSubject: number;
  /** How soon a decision of another process is noticed. Default 100. */
  readonly pollMs?: number;
  /** How often a waiting call is noted in the file. Default 10,000; must be well below `approvals.abandonedMs`. */
  readonly touchMs?: number;
}

export type SqliteApprovalStore = ApprovalStore &
  ApprovalHousekeeping & {
    list(filter: ListFilter, nowMs: number): Result<readonly Approval[], ApprovalError>;
    /** Everything that ever happened to one approval, in order. */
    history(id: string): Result<readonly ApprovalEvent[], ApprovalError>;
    /** Ends all waits with ERR_APPROVAL_STORE and releases the file. */
    close(): void;
  };

/** Throws when the file cannot be opened or is open to other users: then a service does not become ready. */
export function openApprovalStore(options: ApprovalStoreOptions): SqliteApprovalStore {
  return new SqliteStore(options, openApprovalDatabase(options.file));
}

type Answer<T> = Result<T, ApprovalError>;
interface Requested {
  readonly approval: Approval;
  readonly attached: boolean;
}

const storeError = (reason: string): ApprovalError => ({ code: 'ERR_APPROVAL_STORE', reason });
const unknown: ApprovalError = { code: 'ERR_APPROVAL_UNKNOWN', reason: 'unknown_approval' };
const maxListed = 1000;
/** How long a process may take to write the records it took on before another one does. */
const recordLeaseMs = 60_000;

class SqliteStore implements SqliteApprovalStore {
  readonly #db: DatabaseSync;
  readonly #tables: ReturnType<typeof approvalTables>;
  readonly #options: ApprovalStoreOptions;
  readonly #waiters: ApprovalWaiters;
  /** Approvals written by the running transaction. */
  #written = new Set<string>();
  #seenVersion: number | undefined;
  #outOfOrder: string | undefined;

  constructor(options: ApprovalStoreOptions, db: DatabaseSync) {
    this.#options = options;
    this.#db = db;
    this.#tables = approvalTables(db);
    this.#waiters = new ApprovalWaiters({
      clock: options.clock,
      pollMs: options.pollMs ?? 100,
      touchMs: options.touchMs ?? 10_000,
      read: (id) => this.get(id, options.clock.now()),
      changed: () => this.#changed(),
      touch: (ids) => void this.#write(() => ok(this.#tables.touch(ids, options.clock.now()))),
    });
  }

  request(request: ApprovalRequest, nowMs: number): Answer<Requested> {
    return this.#write<Requested>(() => {
      const found = this.#tables.findLive(request);
      const standing = found && this.#standing(found, nowMs);
      if (standing !== undefined && isLive(standing.state)) {
        this.#tables.touch([standing.id], nowMs);
        return ok({ approval: standing, attached: true });
      }
      // What is over must not count against the cap only because nobody has looked since.
      this.#expireDue(nowMs);
      if (this.#tables.countHolds(request.requester) >= this.#options.holdsPerSubject) {
        return err({ code: 'ERR_HOLDS_EXHAUSTED', reason: 'holds_per_subject' });
      }
      const id = this.#options.ids.ulid();
      const made = this.#append(undefined, { type: 'requested', atMs: nowMs, id, request });
      return made.ok ? ok({ approval: made.value, attached: false }) : made;
    });
  }

  get(id: string, nowMs: number): Answer<Approval> {
    const found = this.#read(() => this.#tables.find(id));
    if (!found.ok) return found;
    if (found.value === undefined) return err(unknown);
    if (expire(found.value, nowMs) === found.value) return ok(found.value);
    return this.#write(() => this.#current(id, nowMs));
  }

  list(filter: ListFilter, nowMs: number): Answer<readonly Approval[]> {
    const due = this.#read(() => this.#tables.live().some((approval) => expire(approval, nowMs) !== approval));
    if (!due.ok) return due;
    const expired = due.value ? this.#write(() => ok(this.#expireDue(nowMs))) : due;
    if (!expired.ok) return expired;
    const { visibleTo } = filter;
    const limit = Math.max(0, Math.min(filter.limit, maxListed));
    return this.#read(() =>
      this.#tables.list({ ...filter, limit }).filter((one) => visibleTo === undefined || maySee(one, visibleTo)),
    );
  }

  decide(id: string, verdict: Verdict, nowMs: number): Answer<Approval> {
    return this.#change(id, { type: 'voted', atMs: nowMs, verdict });
  }

  consume(id: string, session: string, binding: ApprovalBinding, nowMs: number): Answer<Approval> {
    return this.#change(id, { type: 'consumed', atMs: nowMs, session, binding });
  }

  withdraw(id: string, nowMs: number): Answer<Approval> {
    return this.#change(id, { type: 'withdrawn', atMs: nowMs });
  }

  async settled(id: string, untilMs: number, signal: AbortSignal): Promise<Answer<Approval>> {
    const nowMs = this.#options.clock.now();
    const first = this.get(id, nowMs);
    if (!first.ok || first.value.state !== 'requested' || signal.aborted || untilMs <= nowMs) return first;
    return await this.#waiters.wait(first.value, untilMs - nowMs, signal);
  }

  sweep(nowMs: number, abandonedMs: number): Answer<readonly Approval[]> {
    return this.#write(() => {
      this.#expireDue(nowMs);
      for (const left of this.#tables.abandonedSince(nowMs - abandonedMs)) {
        this.#append(left, { type: 'withdrawn', atMs: nowMs });
      }
      return ok(this.#tables.takeOwed(nowMs, recordLeaseMs));
    });
  }

  recorded(ids: readonly string[]): Answer<void> {
    return this.#write(() => ok(this.#tables.settle(ids)));
  }

  history(id: string): Answer<readonly ApprovalEvent[]> {
    return this.#read(() => this.#tables.events(id));
  }

  close(): void {
    if (this.#outOfOrder === 'store_closed') return;
    this.#outOfOrder = 'store_closed';
    this.#waiters.close(err(storeError('store_closed')));
    this.#db.close();
  }

  /** One event on an approval, under the write lock. An expiry that shows on the way is kept, whatever the answer. */
  #change(id: string, event: ApprovalEvent): Answer<Approval> {
    return this.#write(() => {
      const current = this.#current(id, event.atMs);
      return current.ok ? this.#append(current.value, event) : current;
    });
  }

  #current(id: string, nowMs: number): Answer<Approval> {
    const found = this.#tables.find(id);
    return found === undefined ? err(unknown) : ok(this.#standing(found, nowMs));
  }

  #standing(found: Approval, nowMs: number): Approval {
    if (expire(found, nowMs) === found) return found;
    const expired = this.#append(found, { type: 'expired', atMs: nowMs });
    return expired.ok ? expired.value : found;
  }

  #expireDue(nowMs: number): void {
    for (const approval of this.#tables.live()) this.#standing(approval, nowMs);
  }

  #append(before: Approval | undefined, event: ApprovalEvent): Answer<Approval> {
    const kept = parseApprovalEvent(event);
    if (kept === undefined) return err(storeError('event_invalid'));
    const after = applyEvent(before, kept);
    if (!after.ok) return after;
    this.#tables.append(kept, after.value);
    this.#written.add(after.value.id);
    return after;
  }

  /** One transaction. What `work` refuses has written nothing but expiries, so it is committed all the same. */
  #write<T>(work: () => Answer<T>): Answer<T> {
    this.#written = new Set();
    const done = this.#read(() => {
      this.#db.exec('BEGIN IMMEDIATE');
      const answer = work();
      this.#db.exec('COMMIT');
      return answer;
    });
    if (!done.ok) {
      this.#rollback();
      return done;
    }
    for (const id of this.#written) this.#waiters.wake(id);
    return done.value;
  }

  #read<T>(work: () => T): Answer<T> {
    if (this.#outOfOrder !== undefined) return err(storeError(this.#outOfOrder));
    try {
      return ok(work());
    } catch (error) {
      return err(this.#failed(error));
    }
  }

  #rollback(): void {
    try {
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK');
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): ApprovalError {
    const trouble = troubleOf(error);
    if (trouble === 'store_broken') this.#outOfOrder ??= trouble;
    return storeError(trouble);
  }

  #changed(): boolean {
    const version = this.#read(() => this.#tables.dataVersion());
    if (!version.ok || version.value === this.#seenVersion) return !version.ok;
    this.#seenVersion = version.value;
    return true;
  }
}
