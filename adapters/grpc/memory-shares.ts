/** What a stream may keep. */
export interface Share {
  /** Messages read from Envoy and not yet taken. */
  readonly inboxBytes: number;
  /** Messages on their way to Envoy. */
  readonly outboxBytes: number;
}

/** For all streams of a process together, however many there are. */
const totalBytes = 32 * 1024 * 1024;
/** Below this a stream moves a message at a time, which is slow and correct. */
const leastBytes = 16 * 1024;
const mostInboxBytes = 256 * 1024;
const mostOutboxBytes = 128 * 1024;

/** An equal share of `totalBytes` for each of `streams`, within bounds. */
export const shareOf = (streams: number, least: number, most: number, total = totalBytes): number =>
  Math.max(least, Math.min(most, Math.floor(total / Math.max(1, streams))));

/**
 * Divides a process's memory among its streams: a few may keep much and run fast, a thousand keep little each. Slow callers and
 * slow models would otherwise make memory grow with their number.
 */
export class MemoryShares implements Share {
  #streams = 0;
  inboxBytes = mostInboxBytes;
  outboxBytes = mostOutboxBytes;

  opened(): void {
    this.#divide(this.#streams + 1);
  }

  closed(): void {
    this.#divide(this.#streams - 1);
  }

  #divide(streams: number): void {
    this.#streams = streams;
    this.inboxBytes = shareOf(streams, leastBytes, mostInboxBytes);
    this.outboxBytes = shareOf(streams, leastBytes, mostOutboxBytes);
  }
}
