/** What the bench asks of its load generator, and what it hears back. */
export const callNames = ['4k', '64k', 'sse'] as const;
export type CallName = (typeof callNames)[number];

export interface LoadOrder {
  readonly port: number;
  readonly token: string;
  /** Each connection has one call under way at a time. */
  readonly connections: number;
  /** Taken in turn. */
  readonly calls: readonly CallName[];
  readonly seconds: number;
}

export interface LoadResult {
  readonly completed: number;
  readonly events: number;
  readonly elapsedMs: number;
  /** Of every completed call, first byte sent to last byte received. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** What was not as expected, each with how often. */
  readonly errors: readonly (readonly [string, number])[];
}

export function isLoadResult(message: unknown): message is LoadResult {
  return typeof message === 'object' && message !== null && 'completed' in message && 'errors' in message;
}
