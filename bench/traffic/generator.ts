/**
 * The load generator, a process of its own so that its CPU is nobody else's: a fixed number of connections, each with one call
 * under way, as fast as the answers come (closed loop). Every answer is checked for status and length.
 */
import { Client, type Dispatcher } from 'undici';
import { percentile } from '../measure/statistics.ts';
import { answer4k, answer64k, chatRequest, eventsPerStream } from './bodies.ts';
import type { CallName, LoadOrder, LoadResult } from './order.ts';

interface Call {
  readonly path: string;
  readonly body: Buffer;
  /** Undefined: counted in events. */
  readonly bytes: number | undefined;
}

const calls: Readonly<Record<CallName, Call>> = {
  '4k': { path: '/4k/v1/chat/completions', body: chatRequest(false), bytes: answer4k.length },
  '64k': { path: '/64k/v1/chat/completions', body: chatRequest(false), bytes: answer64k.length },
  sse: { path: '/sse/v1/chat/completions', body: chatRequest(true), bytes: undefined },
};

class Tally {
  readonly latenciesMs: number[] = [];
  readonly errors = new Map<string, number>();
  events = 0;

  error(what: string): void {
    this.errors.set(what, (this.errors.get(what) ?? 0) + 1);
  }
}

async function countBytes(body: Dispatcher.ResponseData['body']): Promise<number> {
  let bytes = 0;
  for await (const chunk of body) bytes += Buffer.from(chunk).length;
  return bytes;
}

/** Ends of events, "\n\n", also where one is cut between chunks. */
async function countEvents(body: Dispatcher.ResponseData['body']): Promise<number> {
  let events = 0;
  let last = 0;
  for await (const chunk of body) {
    for (const byte of Buffer.from(chunk)) {
      if (byte === 10 && last === 10) events += 1;
      last = byte;
    }
  }
  return events;
}

async function one(client: Client, name: CallName, token: string, tally: Tally): Promise<void> {
  const { path, body, bytes } = calls[name];
  const startedMs = performance.now();
  try {
    const response = await client.request({
      path,
      method: 'POST',
      body,
      headers: { host: 'models.bank.test', authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    const got = bytes === undefined ? await countEvents(response.body) : await countBytes(response.body);
    if (response.statusCode !== 200) return tally.error(`status ${response.statusCode}`);
    if (got !== (bytes ?? eventsPerStream)) return tally.error(`${got} ${bytes === undefined ? 'events' : 'bytes'}`);
    if (bytes === undefined) tally.events += got;
    tally.latenciesMs.push(performance.now() - startedMs);
  } catch (error) {
    tally.error(error instanceof Error ? error.message : String(error));
  }
}

async function run(order: LoadOrder): Promise<LoadResult> {
  const tally = new Tally();
  const startedMs = performance.now();
  const untilMs = startedMs + order.seconds * 1000;
  let next = 0;
  const connection = async (): Promise<void> => {
    const client = new Client(`http://127.0.0.1:${order.port}`, { pipelining: 1, bodyTimeout: 30_000 });
    while (performance.now() < untilMs) {
      const name = order.calls[next++ % order.calls.length];
      if (name !== undefined) await one(client, name, order.token, tally);
    }
    await client.close();
  };
  await Promise.all(Array.from({ length: order.connections }, connection));
  return {
    completed: tally.latenciesMs.length,
    events: tally.events,
    elapsedMs: performance.now() - startedMs,
    p50Ms: percentile(tally.latenciesMs, 0.5),
    p99Ms: percentile(tally.latenciesMs, 0.99),
    errors: [...tally.errors],
  };
}

process.on('message', (order: LoadOrder) => {
  void run(order).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit(0));
