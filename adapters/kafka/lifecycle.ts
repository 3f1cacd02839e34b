/**
 * When the sender waits, and how it stops. Every wait of the sender goes through here, so that closing never hangs on one.
 * running → draining (deliver the rest, then end) → stopped (end now).
 */
export interface Lifecycle {
  readonly phase: 'running' | 'draining' | 'stopped';
  /** Something happened that an idle sender should look at. Remembered when nobody waits. */
  wake(): void;
  drain(): void;
  stop(): void;
  /** Until `wake`, `drain` or `stop`, at most `maxMs`. */
  idle(maxMs: number): Promise<void>;
  /** Back-off: until `drain` or `stop`, at most `waitMs`. While draining it always waits `waitMs`, which the caller keeps short. */
  pause(waitMs: number): Promise<void>;
  /** The promise's value, or undefined as soon as the sender is stopped; the promise is then left to itself. */
  unlessStopped<T>(promise: Promise<T>): Promise<T | undefined>;
}

export function createLifecycle(): Lifecycle {
  let phase: Lifecycle['phase'] = 'running';
  let woken = false;
  const idlers = new Set<() => void>();
  const pausers = new Set<() => void>();
  const guards = new Set<() => void>();

  const wait = (waiters: Set<() => void>, maxMs: number) =>
    new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        waiters.delete(done);
        resolve();
      };
      const timer = setTimeout(done, maxMs);
      waiters.add(done);
    });
  const release = (waiters: ReadonlySet<() => void>) => {
    for (const done of [...waiters]) done();
  };

  return {
    get phase() {
      return phase;
    },
    wake() {
      woken = true;
      release(idlers);
    },
    drain() {
      if (phase === 'running') phase = 'draining';
      release(idlers);
      release(pausers);
    },
    stop() {
      phase = 'stopped';
      release(idlers);
      release(pausers);
      release(guards);
    },
    async idle(maxMs) {
      if (!woken && phase === 'running') await wait(idlers, maxMs);
      woken = false;
    },
    async pause(waitMs) {
      if (phase !== 'stopped') await wait(pausers, waitMs);
    },
    unlessStopped(promise) {
      return new Promise((resolve, reject) => {
        const stopped = () => resolve(undefined);
        guards.add(stopped);
        if (phase === 'stopped') stopped();
        // One entry per promise, taken out again: racing against one long-lived promise would grow with every batch.
        promise.then(resolve, reject).finally(() => guards.delete(stopped));
      });
    },
  };
}
