/**
 * The load generator, a process of its own so that its CPU is nobody else's: a fixed number of connections, each with one call
 * under way, as fast as the answers come (closed loop). Every answer is checked.
 */
import { Client } from 'undici';
import { percentile } from '../measure/statistics.ts';
import { prepare, readAnswer } from './answers.ts';
import { calls } from './calls.ts';
import type { CallName, Lane, LoadOrder, LoadResult } from './order.ts';

class Tally {
  readonly latenciesMs = new Map<CallName, number[]>();
  readonly errors = new Map<string, number>();
  started = 0;
  events = 0;

  error(call: CallName, what: string): void {
    const key = `${call}: ${what}`;
    this.errors.set(key, (this.errors.get(key) ?? 0) + 1);
  }

  completed(call: CallName, latencyMs: number): void {
    const latencies = this.latenciesMs.get(call);
    if (latencies === undefined) this.latenciesMs.set(call, [latencyMs]);
    else latencies.push(latencyMs);
  }
}

async function one(client: Client, name: CallName, token: string, tally: Tally): Promise<void> {
  const { path, method, body, anonymous, statuses, expected } = calls[name];
  const startedMs = performance.now();
  try {
    const response = await client.request({
      path,
      method,
      body: body ?? null,
      headers: {
        host: 'models.bank.test',
        ...(anonymous ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
    });
    const asExpected = statuses.includes(response.statusCode);
    const { events, problem } = await readAnswer(response.body, asExpected ? expected : { kind: 'anything' });
    if (!asExpected) return tally.error(name, `status ${response.statusCode}`);
    if (problem !== undefined) return tally.error(name, problem);
    tally.events += events;
    tally.completed(name, performance.now() - startedMs);
  } catch (error) {
    tally.error(name, error instanceof Error ? error.message : String(error));
  }
}

async function run(order: LoadOrder): Promise<LoadResult> {
  for (const lane of order.lanes) for (const name of lane.calls) prepare(calls[name].expected);
  const tally = new Tally();
  const startedMs = performance.now();
  const untilMs = startedMs + order.maxSeconds * 1000;
  const maxCalls = order.maxCalls ?? Number.POSITIVE_INFINITY;
  const serve = async (lane: Lane): Promise<void> => {
    let next = 0;
    const connection = async (): Promise<void> => {
      const client = new Client(`http://127.0.0.1:${order.port}`, { pipelining: 1 });
      while (performance.now() < untilMs && tally.started < maxCalls) {
        tally.started += 1;
        const name = lane.calls[next++ % lane.calls.length];
        if (name !== undefined) await one(client, name, order.token, tally);
      }
      await client.close();
    };
    await Promise.all(Array.from({ length: lane.connections }, connection));
  };
  await Promise.all(order.lanes.map(serve));
  const each = [...tally.latenciesMs];
  return {
    elapsedMs: performance.now() - startedMs,
    completed: each.reduce((sum, [, latencies]) => sum + latencies.length, 0),
    events: tally.events,
    calls: each.map(([name, latencies]) => ({
      name,
      completed: latencies.length,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
    })),
    errors: [...tally.errors],
  };
}

process.on('message', (order: LoadOrder) => {
  void run(order).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit(0));
