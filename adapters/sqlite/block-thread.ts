/** One thread that inspects blocks, seen from the verifier. */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { BlockAnswer, BlockRequest, BlockWorkerData } from './block-messages.ts';

/** A thread that says nothing for so long is given up, and its work is done without it. */
const patienceMs = 60_000;

export class BlockThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #answers: Int32Array<SharedArrayBuffer>;
  #isGivenUp = false;

  /** @param answers of all threads that one waits for */
  constructor(answers: Int32Array<SharedArrayBuffer>) {
    const { port1, port2 } = new MessageChannel();
    const workerData: BlockWorkerData = { port: port2, answers };
    this.#worker = new Worker(new URL('./block-worker.ts', import.meta.url), { workerData, transferList: [port2] });
    this.#worker.unref();
    this.#port = port1;
    this.#answers = answers;
  }

  ask(request: BlockRequest): void {
    this.#port.postMessage(request);
  }

  /**
   * The answer to the oldest request that has none. Waits without giving way to the event loop, where this thread's death would be
   * told: so not for ever.
   */
  answer(): BlockAnswer {
    while (!this.#isGivenUp) {
      const before = Atomics.load(this.#answers, 0);
      const received: { readonly message: BlockAnswer } | undefined = receiveMessageOnPort(this.#port);
      if (received !== undefined) return received.message;
      this.#isGivenUp = Atomics.wait(this.#answers, 0, before, patienceMs) === 'timed-out';
    }
    return { kind: 'failed' };
  }

  close(): void {
    this.#port.close();
    void this.#worker.terminate();
  }
}

export const createAnswers = (): Int32Array<SharedArrayBuffer> =>
  new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
