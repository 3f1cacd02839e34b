/** What the bench asks of its load generator, and what it hears back. */
export const callNames = [
  '4k',
  '64k',
  'sse',
  'stranger',
  'denied',
  'denied-body',
  'held',
  'mebibyte',
  'gibibyte',
] as const;
export type CallName = (typeof callNames)[number];

/** Connections that each have one call under way at a time. */
export interface Lane {
  readonly connections: number;
  /** Taken in turn by whichever connection is free. */
  readonly calls: readonly CallName[];
}

export interface LoadOrder {
  readonly port: number;
  readonly token: string;
  readonly lanes: readonly Lane[];
  /** No call starts after the first of the two is reached. */
  readonly maxSeconds: number;
  readonly maxCalls?: number;
}

export interface CallResult {
  readonly name: CallName;
  /** Answered as expected. */
  readonly completed: number;
  /** First byte sent to last byte received. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LoadResult {
  readonly elapsedMs: number;
  readonly completed: number;
  readonly events: number;
  readonly calls: readonly CallResult[];
  /** What was not as expected, each with how often. */
  readonly errors: readonly (readonly [string, number])[];
}

export function isLoadResult(message: unknown): message is LoadResult {
  return typeof message === 'object' && message !== null && 'calls' in message && 'errors' in message;
}
