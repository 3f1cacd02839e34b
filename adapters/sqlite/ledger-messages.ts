import type { Batch } from './ledger-batch.ts';
import type { LedgerOpenErrorCode } from './ledger-open-error.ts';

/** Asked of the thread that writes; each is answered by one reply, in the order of asking. */
export type LedgerRequest =
  | { readonly kind: 'append'; readonly batch: Batch }
  /** Is there room for that many bytes, and for the reserve? */
  | { readonly kind: 'probe'; readonly bytes: number }
  | { readonly kind: 'close' };

export type LedgerReply =
  | { readonly kind: 'appended'; readonly firstSeq: number }
  | { readonly kind: 'full' }
  | { readonly kind: 'room' }
  | { readonly kind: 'closed' };

/** The first message of the thread. */
export type LedgerStart =
  | { readonly kind: 'opened'; readonly ledger: string; readonly file: string; readonly unended: number }
  | { readonly kind: 'refused'; readonly code: LedgerOpenErrorCode | undefined; readonly message: string };
