/** Records that lie side by side and were looked at together, wherever that was: what of them is left to be asked of the whole ledger. */
import type { Topic } from './topics.ts';

/**
 * Each of its records is intact, canonical, a record of this ledger, agrees with its columns, has the number after the one before,
 * names it, and follows it within its topic; none is `ledger.opened`, and `ledger.closed` is the last if it is among them.
 */
export interface SoundBlock {
  /** Number of its first record. */
  readonly first: number;
  readonly count: number;
  /** What its first record names as the one before. */
  readonly prev: string;
  /** Base64url of its last leaf. */
  readonly lastLeaf: string;
  /** 32 bytes for each record. */
  readonly leaves: Uint8Array;
  /** The first number within each topic that has records here, and how many they are. */
  readonly lanes: readonly { readonly topic: Topic; readonly first: number; readonly count: number }[];
  /** Sessions that end here, whether they began here or not. */
  readonly ended: readonly string[];
  /** Those that begin here, or begin again, and do not end here. */
  readonly begun: readonly { readonly session: string; readonly seq: number }[];
  readonly isClosed: boolean;
}
