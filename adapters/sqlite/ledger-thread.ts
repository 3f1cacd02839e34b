import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Batch } from './ledger-batch.ts';
import type { LedgerReply, LedgerRequest, LedgerStart } from './ledger-messages.ts';
import { LedgerOpenError } from './ledger-open-error.ts';
import type { RunOptions } from './ledger-run.ts';

/** `dead`: the thread ended before it answered, and `onFatal` was called. */
export type ThreadReply = LedgerReply | { readonly kind: 'dead' };

/** The writing thread, seen from the main one. */
export class LedgerThread {
  readonly ledger: string;
  readonly file: string;
  /** Sessions of the run before that were settled. */
  readonly unended: number;
  readonly #worker: Worker;
  readonly #waiting: ((reply: ThreadReply) => void)[] = [];
  readonly #exited: Promise<void>;
  /** It ends, or has: on request or by a failure. */
  #isEnding = false;

  private constructor(
    worker: Worker,
    opened: Extract<LedgerStart, { kind: 'opened' }>,
    onFatal: (error: Error) => void,
  ) {
    this.#worker = worker;
    this.ledger = opened.ledger;
    this.file = opened.file;
    this.unended = opened.unended;
    worker.on('message', (reply: LedgerReply) => {
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
  static async start(options: RunOptions, onFatal: (error: Error) => void): Promise<LedgerThread> {
    const worker = new Worker(new URL('./ledger-worker.ts', import.meta.url), { workerData: options });
    // Listened for before it speaks: a thread that refuses ends at once, and both may come in one turn.
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    const [start]: LedgerStart[] = await once(worker, 'message');
    if (start === undefined) throw new Error("the ledger's thread said nothing");
    if (start.kind === 'opened') return new LedgerThread(worker, start, onFatal);
    await exited;
    if (start.code === undefined) throw new Error(`no ledger can be written: ${start.message}`);
    throw new LedgerOpenError(start.code, start.message);
  }

  append(batch: Batch): Promise<ThreadReply> {
    return this.#ask({ kind: 'append', batch }, [batch.buffer]);
  }

  probe(bytes: number): Promise<ThreadReply> {
    return this.#ask({ kind: 'probe', bytes });
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
