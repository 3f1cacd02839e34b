/** The model server and the load generator of a bench, as child processes that end with it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isLoadResult, type LoadOrder, type LoadResult } from './order.ts';

export interface Traffic {
  readonly modelPort: number;
  readonly pids: readonly number[];
  send(order: LoadOrder): Promise<LoadResult>;
  stop(): void;
}

/** The next message of a child; rejects when it ends instead. */
async function messageOf(child: ChildProcess): Promise<unknown> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    const ended = once(child, 'exit', { signal }).then(() => {
      throw new Error('a process of the bench ended early; its message is above');
    });
    const [message]: unknown[] = await Promise.race([once(child, 'message', { signal }), ended]);
    return message;
  } finally {
    settled.abort();
  }
}

const start = (file: string, args: readonly string[] = []): ChildProcess =>
  fork(fileURLToPath(new URL(file, import.meta.url)), args);

/** @param gateSize how many gated answers are let go at once */
export async function startTraffic({ gateSize = 1 } = {}): Promise<Traffic> {
  const model = start('model.ts', [String(gateSize)]);
  const generator = start('generator.ts');
  const ready = await messageOf(model);
  if (typeof ready !== 'object' || ready === null || !('port' in ready))
    throw new Error('the model server has no port');
  return {
    modelPort: Number(ready.port),
    pids: [model, generator].flatMap((child) => child.pid ?? []),
    async send(order) {
      const answered = messageOf(generator);
      generator.send(order);
      const result = await answered;
      if (!isLoadResult(result)) throw new Error('the load generator sent something else');
      return result;
    },
    stop() {
      for (const child of [model, generator]) if (child.connected) child.disconnect();
    },
  };
}
