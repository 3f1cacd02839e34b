import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Pruning } from '@countersign/core/ledger/pruning.ts';
import type { KeyProvider } from '@countersign/core/ports.ts';
import type { Batch } from './ledger-batch.ts';
import type {
  LedgerCertification,
  LedgerPublication,
  LedgerReply,
  LedgerRequest,
  LedgerStart,
  OpenedRun,
} from './ledger-messages.ts';
import type { SignedSize } from './ledger-notes.ts';
import { LedgerOpenError } from './ledger-open-error.ts';
import type { RunOptions } from './ledger-run.ts';

/** `dead`: the thread ended before it answered, and `onFatal` was called. */
export type ThreadReply = LedgerReply | { readonly kind: 'dead' };

export interface ThreadEvents {
  /** Called once, and nothing is written any more. */
  onFatal(error: Error): void;
  onPublished(checkpoint: SignedSize): void;
}

/** The writing thread, seen from the main one. */
export class LedgerThread {
  readonly opened: OpenedRun;
  readonly #worker: Worker;
  readonly #waiting: ((reply: ThreadReply) => void)[] = [];
  readonly #exited: Promise<void>;
  /** It ends, or has: on request or by a failure. */
  #isEnding = false;

  private constructor(worker: Worker, opened: OpenedRun, { onFatal, onPublished }: ThreadEvents) {
    this.#worker = worker;
    this.opened = opened;
    worker.on('message', (reply: LedgerReply | LedgerPublication) => {
      if (reply.kind === 'published') return onPublished(reply.checkpoint);
      if (reply.kind === 'closed') this.#isEnding = true;
      this.#waiting.shift()?.(reply);
    });
    const die = (error: Error): void => {
      if (this.#isEnding) return;
      this.#isEnding = true;
      for (const resolve of this.#waiting.splice(0)) resolve({ kind: 'dead' });
      onFatal(error);
    };
    worker.on('error', (error: unknown) => die(error instanceof Error ? error : new Error(String(error))));
    this.#exited = new Promise((resolve) => {
      worker.on('exit', (code) => {
        die(new Error(`the ledger's thread ended with code ${code}`));
        resolve();
      });
    });
  }

  /** @throws LedgerOpenError, or what else keeps a ledger from being written */
  static async start(options: RunOptions, keys: KeyProvider, events: ThreadEvents): Promise<LedgerThread> {
    const worker = new Worker(new URL('./ledger-worker.ts', import.meta.url), { workerData: options });
    // Listened for before it speaks: a thread that refuses ends at once, and both may come in one turn.
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    for (;;) {
      const [start]: LedgerStart[] = await once(worker, 'message');
      if (start === undefined) throw new Error("the ledger's thread said nothing");
      if (start.kind === 'opened') return new LedgerThread(worker, start.opened, events);
      if (start.kind === 'refused') {
        await exited;
        if (start.code === undefined) throw new Error(`no ledger can be written: ${start.message}`);
        throw new LedgerOpenError(start.code, start.message);
      }
      const signature = await keys.sign(start.text).catch(async (error: unknown) => {
        worker.postMessage({ signature: undefined } satisfies LedgerCertification);
        await exited;
        const reason = error instanceof Error ? error.message : String(error);
        throw new LedgerOpenError('ERR_LEDGER_KEY', `the long-term key did not certify this run: ${reason}`);
      });
      worker.postMessage({ signature } satisfies LedgerCertification);
    }
  }

  append(batch: Batch): Promise<ThreadReply> {
    return this.#ask({ kind: 'append', batch }, [batch.buffer]);
  }

  probe(bytes: number): Promise<ThreadReply> {
    return this.#ask({ kind: 'probe', bytes });
  }

  /** @param monotonicMs of a clock that never goes back */
  look(monotonicMs: number): Promise<ThreadReply> {
    return this.#ask({ kind: 'look', monotonicMs });
  }

  prune(pruning: Pruning): Promise<ThreadReply> {
    return this.#ask({ kind: 'prune', pruning });
  }

  /** The file is whole, the lock released, the thread gone. */
  async close(): Promise<void> {
    await this.#ask({ kind: 'close' });
    await this.#exited;
  }

  #ask(request: LedgerRequest, transfer: readonly ArrayBuffer[] = []): Promise<ThreadReply> {
    if (this.#isEnding) return Promise.resolve({ kind: 'dead' });
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#worker.postMessage(request, transfer);
    });
  }
}
