import { createServer } from 'node:http';
import type { ExchangeMetrics } from '@countersign/core/exchange/ports.ts';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Prometheus metrics of one process. Labels are bounded: outcomes and entities, never a user or a path. */
export interface Telemetry {
  readonly exchange: ExchangeMetrics;
  readonly registry: Registry;
}

export function createTelemetry(version: string): Telemetry {
  const registry = new Registry();
  const build = new Gauge({
    name: 'countersign_build_info',
    help: 'Version',
    labelNames: ['version'],
    registers: [registry],
  });
  build.set({ version }, 1);
  const seconds = new Histogram({
    name: 'countersign_exchange_duration_seconds',
    help: 'First header to last byte, by outcome',
    labelNames: ['outcome'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 240],
    registers: [registry],
  });
  const holds = new Gauge({ name: 'countersign_holds', help: 'Calls waiting for people now', registers: [registry] });
  const masked = new Counter({
    name: 'countersign_masked_values_total',
    help: 'Values masked in responses, by entity',
    labelNames: ['entity'],
    registers: [registry],
  });
  return {
    registry,
    exchange: {
      ended: (outcome, duration) => seconds.observe({ outcome }, duration),
      held: (delta) => holds.inc(delta),
      masked: (entity, count) => masked.inc({ entity }, count),
    },
  };
}

/** `/metrics` on a loopback port of its own. */
export async function serveMetrics(registry: Registry, listen: string): Promise<{ readonly close: () => void }> {
  const colon = listen.lastIndexOf(':');
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') return void response.writeHead(404).end();
    void registry.metrics().then((text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(listen.slice(colon + 1)), listen.slice(0, colon), resolve);
  });
  return { close: () => server.close() };
}
