import type { NoteTopic } from './topics.ts';

/** A signed note on its way to Kafka: the certificate of a ledger's run, or one of its checkpoints. */
export interface SpoolNote {
  readonly ledger: string;
  readonly topic: NoteTopic;
  readonly partition: 0;
  /** Contiguous per (ledger, topic). */
  readonly pseq: number;
  /** Records that the checkpoint covers; 0 in a certificate. */
  readonly size: number;
  /** The ledger: of a compacted topic the newest of each key stays. */
  readonly key: string;
  /** The note, UTF-8. */
  readonly value: Uint8Array;
}
