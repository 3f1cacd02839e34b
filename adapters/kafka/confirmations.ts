import type { Receipt } from '@countersign/core/ledger/record.ts';
import type { Replication } from '@countersign/core/ports.ts';

/** All records of `ledger` before number `seq` are acknowledged. */
export interface Mark {
  readonly ledger: string;
  readonly seq: number;
}

export interface Confirmations extends Replication {
  /** The sender got so far. */
  take(mark: Mark): void;
  /** Nothing will be acknowledged any more. */
  close(): void;
}

/** Calls that wait until a broker has their record. `ask`: somebody waits now, so the sender should say where it is. */
export function createConfirmations(withinMs: number, ask: () => void): Confirmations {
  const waiting = new Set<{ readonly receipt: Receipt; settle(reached: boolean): void }>();
  let known: Mark | undefined;
  let closed = false;
  const isCovered = ({ ledger, seq }: Receipt): boolean => known?.ledger === ledger && seq < known.seq;

  return {
    reached(receipt) {
      if (isCovered(receipt)) return Promise.resolve(true);
      if (closed) return Promise.resolve(false);
      return new Promise((resolve) => {
        const waiter = {
          receipt,
          settle(reached: boolean) {
            clearTimeout(timer);
            waiting.delete(waiter);
            resolve(reached);
          },
        };
        const timer = setTimeout(() => waiter.settle(false), withinMs);
        waiting.add(waiter);
        ask();
      });
    },
    take(mark) {
      known = mark;
      for (const waiter of [...waiting]) if (isCovered(waiter.receipt)) waiter.settle(true);
    },
    close() {
      closed = true;
      for (const waiter of [...waiting]) waiter.settle(false);
    },
  };
}
