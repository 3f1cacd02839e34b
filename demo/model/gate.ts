/** Holds streams after their first event until whoever watches has seen it: proof of streaming without a stopwatch. */
export interface Gate {
  close(): void;
  open(): void;
  passed(): Promise<void>;
}

export function createGate(): Gate {
  let barrier = Promise.withResolvers<void>();
  barrier.resolve();
  return {
    close() {
      barrier.resolve();
      barrier = Promise.withResolvers<void>();
    },
    open: () => barrier.resolve(),
    passed: () => barrier.promise,
  };
}
