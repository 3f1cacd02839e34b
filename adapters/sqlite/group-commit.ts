import { type Batch, type BatchEntry, toBatch } from './ledger-batch.ts';
import type { ThreadReply } from './ledger-thread.ts';

/** `full`: none of it was written; `attemptedBytes` is what there was no room for. `dead`: nothing will ever be written again. */
export type CommitOutcome =
  | { readonly kind: 'durable'; readonly firstSeq: number }
  | { readonly kind: 'full'; readonly attemptedBytes: number }
  | { readonly kind: 'dead' };

interface Waiting {
  readonly entries: readonly BatchEntry[];
  readonly settle: (outcome: CommitOutcome) => void;
}

/** Enough to make a sync worth while, little enough that the next commit does not wait long. */
const maxBatchBytes = 4 * 1024 * 1024;

/**
 * One commit at a time: what is appended while one is under way waits for the next, so the batches grow with the load and the
 * disk sets the pace.
 */
export class GroupCommit {
  readonly #write: (batch: Batch) => Promise<ThreadReply>;
  readonly #onDurable: (records: number) => void;
  #waiting: Waiting[] = [];
  #isSending = false;

  constructor(write: (batch: Batch) => Promise<ThreadReply>, onDurable: (records: number) => void) {
    this.#write = write;
    this.#onDurable = onDurable;
  }

  /** The entries lie side by side, all or none of them. */
  append(entries: readonly BatchEntry[]): Promise<CommitOutcome> {
    return new Promise((settle) => {
      this.#waiting.push({ entries, settle });
      if (this.#isSending) return;
      this.#isSending = true;
      setImmediate(() => void this.#sendAll()); // everything that is appended in this tick goes together
    });
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#send(this.#take());
    this.#isSending = false;
  }

  /** Whole appends only: one that is cut in two would not be atomic. */
  #take(): readonly Waiting[] {
    let bytes = 0;
    const end = this.#waiting.findIndex(({ entries }, index) => {
      bytes += entries.reduce((sum, entry) => sum + entry.bytes, 0);
      return index > 0 && bytes > maxBatchBytes;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #send(appends: readonly Waiting[]): Promise<void> {
    const batch = toBatch(appends.flatMap(({ entries }) => entries));
    const attemptedBytes = batch.buffer.byteLength;
    const reply = await this.#write(batch);
    if (reply.kind === 'appended') {
      let { firstSeq } = reply;
      for (const { entries, settle } of appends) {
        settle({ kind: 'durable', firstSeq });
        firstSeq += entries.length;
      }
      this.#onDurable(firstSeq - reply.firstSeq);
      return;
    }
    // What waits was handed in before anybody could know: it is refused with the batch, not tried on a full disk.
    const outcome: CommitOutcome = reply.kind === 'full' ? { kind: 'full', attemptedBytes } : { kind: 'dead' };
    for (const { settle } of [...appends, ...this.#waiting.splice(0)]) settle(outcome);
  }
}
