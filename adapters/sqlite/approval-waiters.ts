/** Calls that wait for people: one timer for all of them, none while nobody waits. */
import type { Approval, ApprovalError } from '@countersign/core/approval/approval.ts';
import type { Clock } from '@countersign/core/ports.ts';
import type { Result } from '@countersign/core/result.ts';

type Standing = Result<Approval, ApprovalError>;

interface Waiter {
  /** Monotonic: a wall clock that jumps must not cut a wait short or stretch it. */
  readonly deadlineMs: number;
  readonly resolve: (standing: Standing) => void;
}

export interface WaiterSource {
  readonly clock: Clock;
  readonly pollMs: number;
  /** How often to say that somebody still waits. */
  readonly touchMs: number;
  read(id: string): Standing;
  /** True when another process may have written since the last call. */
  changed(): boolean;
  touch(ids: readonly string[]): void;
}

export class ApprovalWaiters {
  readonly #source: WaiterSource;
  readonly #waiting = new Map<string, { expiresAtMs: number; readonly waiters: Set<Waiter> }>();
  #timer: NodeJS.Timeout | undefined;
  #touchedAtMs = 0;

  constructor(source: WaiterSource) {
    this.#source = source;
  }

  /** Resolves when the approval has left `requested`, after `waitMs`, or when the signal aborts; always with its standing. */
  wait(approval: Approval, waitMs: number, signal: AbortSignal): Promise<Standing> {
    const { id, expiresAtMs } = approval;
    return new Promise((resolve) => {
      const onAbort = () => this.#leave(id, waiter, this.#source.read(id));
      const waiter: Waiter = {
        deadlineMs: this.#source.clock.monotonic() + waitMs,
        resolve: (standing) => {
          signal.removeEventListener('abort', onAbort);
          resolve(standing);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const group = this.#waiting.get(id);
      if (group === undefined) this.#waiting.set(id, { expiresAtMs, waiters: new Set([waiter]) });
      else group.waiters.add(waiter);
      this.#start();
    });
  }

  /** Something was written in this process. */
  wake(id: string): void {
    if (!this.#waiting.has(id)) return;
    const standing = this.#source.read(id);
    if (standing.ok && standing.value.state !== 'requested') this.#leaveAll(id, standing);
  }

  close(standing: Standing): void {
    for (const id of [...this.#waiting.keys()]) this.#leaveAll(id, standing);
  }

  #start(): void {
    if (this.#timer !== undefined) return;
    this.#touchedAtMs = this.#source.clock.monotonic();
    this.#timer = setInterval(() => this.#tick(), this.#source.pollMs);
  }

  #tick(): void {
    const { clock, touchMs } = this.#source;
    const changed = this.#source.changed();
    const now = clock.now();
    const monotonic = clock.monotonic();
    for (const [id, group] of [...this.#waiting]) {
      // A store in trouble ends nobody's wait early: it may be back before the deadline.
      if (changed || now >= group.expiresAtMs) this.wake(id);
      for (const waiter of [...group.waiters]) {
        if (monotonic >= waiter.deadlineMs) this.#leave(id, waiter, this.#source.read(id));
      }
    }
    if (this.#waiting.size > 0 && monotonic - this.#touchedAtMs >= touchMs) {
      this.#touchedAtMs = monotonic;
      this.#source.touch([...this.#waiting.keys()]);
    }
  }

  #leaveAll(id: string, standing: Standing): void {
    for (const waiter of [...(this.#waiting.get(id)?.waiters ?? [])]) this.#leave(id, waiter, standing);
  }

  #leave(id: string, waiter: Waiter, standing: Standing): void {
    const group = this.#waiting.get(id);
    group?.waiters.delete(waiter);
    if (group?.waiters.size === 0) this.#waiting.delete(id);
    if (this.#waiting.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    waiter.resolve(standing);
  }
}
