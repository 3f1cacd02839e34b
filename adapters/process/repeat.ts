import type { Timers } from '@countersign/core/ports.ts';

/** Does work again and again, each time so long after it ended. @returns stops it; resolves when what is under way has ended */
export function repeat(timers: Timers, everyMs: number, work: () => Promise<void>): () => Promise<void> {
  let cancel = (): void => undefined;
  let running = Promise.resolve();
  let isStopped = false;
  const later = (): void => {
    if (isStopped) return;
    cancel = timers.after(everyMs, () => {
      running = work().then(later);
    });
  };
  later();
  return () => {
    isStopped = true;
    cancel();
    return running;
  };
}
