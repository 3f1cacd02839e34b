/**
 * Large ledgers are inspected by several threads ahead of the verifier, which is one synchronous walk. Each reads the file for itself:
 * what was appended since the walk began it leaves out, and what is there is the same for all, or is found by the leaf that the next
 * record names.
 */
import { availableParallelism } from 'node:os';
import type { BlockRequest } from './block-messages.ts';
import type { InspectedBlock } from './block-stream.ts';
import { BlockThread, createAnswers } from './block-thread.ts';

const maxThreads = 4;
/** Few enough that nobody waits long for the first answer, many enough that asking costs nothing. */
const recordsOfOneRequest = 2048;
/** Of each thread, so that none waits. */
const requestsAhead = 2;

export class BlockThreads {
  readonly #answers = createAnswers();
  readonly #inspecting: readonly BlockThread[];
  /** SQLite looks at a whole file at once: meanwhile the others go on. */
  readonly #sounding = new BlockThread(this.#answers);

  readonly #recordsOfRequest: number;

  constructor(recordsOfRequest = recordsOfOneRequest) {
    const count = Math.min(maxThreads, availableParallelism());
    this.#recordsOfRequest = recordsOfRequest;
    this.#inspecting = Array.from({ length: count }, () => new BlockThread(this.#answers));
  }

  /** Asks whether indexes and table agree. @returns waits for the answer; undefined: the thread could not say */
  soundness(file: string): () => boolean | undefined {
    this.#sounding.ask({ kind: 'soundness', file });
    return () => {
      const answer = this.#sounding.answer();
      return answer.kind === 'soundness' ? answer.isSound : undefined;
    };
  }

  /** Blocks in their order; what a thread could not read comes as one that is not sound. */
  *inspect(all: Omit<BlockRequest & { readonly kind: 'inspect' }, 'kind'>): Generator<InspectedBlock> {
    const asked: { readonly thread: BlockThread; readonly first: number; readonly last: number }[] = [];
    const requests = this.#requests(all);
    const askNext = (): void => {
      const next = requests.next();
      if (next.done === true) return;
      const { thread, first, last } = next.value;
      thread.ask({ ...all, kind: 'inspect', first, last });
      asked.push(next.value);
    };
    for (let n = 0; n < this.#inspecting.length * requestsAhead; n++) askNext();
    try {
      for (let next = asked[0]; next !== undefined; next = asked[0]) {
        const answer = next.thread.answer();
        asked.shift();
        askNext();
        if (answer.kind === 'inspected') yield* answer.blocks;
        else yield { first: next.first, count: next.last - next.first + 1, sound: undefined };
      }
    } finally {
      for (const { thread } of asked) thread.answer(); // nobody wants it, and the next answer is for somebody else
    }
  }

  *#requests({ first, last }: { readonly first: number; readonly last: number }) {
    const size = this.#recordsOfRequest;
    for (let next = first, turn = 0; next <= last; next += size, turn++) {
      const thread = this.#inspecting[turn % this.#inspecting.length];
      if (thread === undefined) return;
      yield { thread, first: next, last: Math.min(last, next + size - 1) };
    }
  }

  close(): void {
    for (const thread of [this.#sounding, ...this.#inspecting]) thread.close();
  }
}

/** Below this the threads would be ready when the work is done. */
const defaultFromRecords = 50_000;

/** Begun with the first ledger that is large enough for them. */
export class ThreadsOnDemand {
  readonly #fromRecords: number;
  readonly #recordsOfRequest: number | undefined;
  #threads: BlockThreads | undefined;

  constructor(fromRecords = defaultFromRecords, recordsOfRequest?: number) {
    this.#fromRecords = fromRecords;
    this.#recordsOfRequest = recordsOfRequest;
  }

  for(records: number): BlockThreads | undefined {
    if (records < this.#fromRecords) return undefined;
    this.#threads ??= new BlockThreads(this.#recordsOfRequest);
    return this.#threads;
  }

  close(): void {
    this.#threads?.close();
  }
}
