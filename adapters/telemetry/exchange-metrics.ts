import { createServer } from 'node:http';
import type { ExchangeMetrics } from '@countersign/core/exchange/ports.ts';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { TlsMetrics } from '../process/envoy-access.ts';

/** Prometheus metrics of one process. Labels are bounded: outcomes and entities, never a user or a path. */
export interface Telemetry {
  readonly exchange: ExchangeMetrics;
  readonly tls: TlsMetrics;
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
  const refused = new Counter({
    name: 'countersign_tls_refused_total',
    help: 'Connections that were not taken, by reason',
    labelNames: ['reason'],
    registers: [registry],
  });
  const reloads = new Counter({
    name: 'countersign_tls_reloads_total',
    help: 'Attempts to take new TLS files, by result',
    labelNames: ['result'],
    registers: [registry],
  });
  const expiry = new Gauge({
    name: 'countersign_tls_certificate_expiry_timestamp_seconds',
    help: 'When the certificate in use ends',
    registers: [registry],
  });
  return {
    registry,
    tls: {
      refused: (reason) => refused.inc({ reason }),
      reloaded: (ok) => reloads.inc({ result: ok ? 'loaded' : 'rejected' }),
      expires: (notAfterMs) => expiry.set(notAfterMs / 1000),
    },
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
