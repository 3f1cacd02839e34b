/** How much goes into one batch. */
export interface BatchLimits {
  readonly records: number;
  readonly bytes: number;
}

/** 200 records of 900 KB in all, with their headers, stay below Kafka's default max.message.bytes even uncompressed. */
const largest: BatchLimits = { records: 200, bytes: 900_000 };
const batchesBeforeGrowing = 100;

/** Halves for a topic that takes less than Kafka's default, and finds its way back when the topic was changed. */
export function createBatchLimits(): {
  readonly now: BatchLimits;
  tooLarge(batch: { readonly length: number }): void;
  verified(): void;
} {
  let now = largest;
  let verifiedInARow = 0;
  return {
    get now() {
      return now;
    },
    tooLarge(batch) {
      verifiedInARow = 0;
      now = { records: Math.ceil(batch.length / 2), bytes: Math.ceil(now.bytes / 2) };
    },
    verified() {
      if (now.records >= largest.records || ++verifiedInARow < batchesBeforeGrowing) return;
      verifiedInARow = 0;
      now = { records: Math.min(largest.records, now.records * 2), bytes: Math.min(largest.bytes, now.bytes * 2) };
    },
  };
}
