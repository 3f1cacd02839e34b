import type { Timers } from '@countersign/core/ports.ts';

/** A timer that is due when the test says so; `minute` resolves when the work is done and the timer is set anew. */
export function minutesOfTests(): { readonly timers: Timers; minute(): Promise<void> } {
  let due: (() => void) | undefined;
  const timers: Timers = {
    after(_, run) {
      due = run;
      return () => undefined;
    },
    turn: () => Promise.resolve(),
  };
  return {
    timers,
    async minute() {
      const work = due;
      due = undefined;
      work?.();
      while (due === undefined) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
