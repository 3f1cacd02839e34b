import type { Pruning } from '@countersign/core/ledger/pruning.ts';
import type { Batch } from './ledger-batch.ts';
import type { SignedSize } from './ledger-notes.ts';
import type { LedgerOpenErrorCode } from './ledger-open-error.ts';
import type { PrunedSlice } from './ledger-pruner.ts';

/** Asked of the thread that writes; each is answered by one reply, in the order of asking. */
export type LedgerRequest =
  | { readonly kind: 'append'; readonly batch: Batch }
  /** Is there room for that many bytes, and for the reserve? */
  | { readonly kind: 'probe'; readonly bytes: number }
  /** What may be pruned by now? */
  | { readonly kind: 'look'; readonly monotonicMs: number }
  /** A few records of what was found so. */
  | { readonly kind: 'prune'; readonly pruning: Pruning }
  | { readonly kind: 'close' };

export type LedgerReply =
  | { readonly kind: 'appended'; readonly firstSeq: number }
  | { readonly kind: 'full' }
  | { readonly kind: 'room' }
  | { readonly kind: 'looked'; readonly pruning: Pruning | undefined }
  /** `slice` undefined: no more of it can go now. */
  | { readonly kind: 'pruned'; readonly slice: PrunedSlice | undefined }
  /** It stays as it is, for a person to look at. */
  | { readonly kind: 'unprunable'; readonly reason: string }
  | { readonly kind: 'closed' };

/** Comes between replies, after the commit that made it durable. */
export interface LedgerPublication {
  readonly kind: 'published';
  readonly checkpoint: SignedSize;
}

/** The thread speaks first. The long-term key stays with the main thread, which may have to ask a service to use it. */
export type LedgerStart =
  | { readonly kind: 'certify'; readonly text: Uint8Array }
  | { readonly kind: 'opened'; readonly opened: OpenedRun }
  | { readonly kind: 'refused'; readonly code: LedgerOpenErrorCode | undefined; readonly message: string };

/** The answer to `certify`. Without a signature the thread ends, and nothing was begun. */
export interface LedgerCertification {
  readonly signature: Uint8Array | undefined;
}

export interface OpenedRun {
  readonly ledger: string;
  readonly file: string;
  /** Sessions of the run before that were settled. */
  readonly unended: number;
  /** A signed note. */
  readonly certificate: string;
  /** Published with the first records. */
  readonly checkpoint: SignedSize | undefined;
}
