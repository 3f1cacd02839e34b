/** One small listener of each process for its supervisor and for Prometheus: `/healthz`, `/readyz`, `/metrics`. */
import { createServer, type ServerResponse } from 'node:http';
import type { SocketAccess } from '@countersign/core/policy/config.ts';
import { isLocalAddress, parseListenAddress } from '@countersign/core/policy/listen-address.ts';
import { listenOn } from '../listen/listener.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Readiness } from './readiness.ts';

export interface Probes {
  /** `host:port` as bound, or `unix:/path`; undefined: nobody asked for it. */
  readonly listen: string | undefined;
  close(): Promise<void>;
}

export interface ProbeSources {
  readonly metrics: Metrics;
  readonly readiness: Readiness;
}

const requestTimeoutMs = 5_000;

/** It says what the gateway is doing, in clear: loopback or a Unix socket, nothing else. */
export async function openProbes(
  listen: string | undefined,
  access: SocketAccess,
  sources: ProbeSources,
): Promise<Probes> {
  if (listen === undefined) return { listen, close: () => Promise.resolve() };
  const address = parseListenAddress(listen);
  if (address === undefined || !isLocalAddress(address)) {
    throw new Error(`--metrics ${listen}: HOST:PORT on loopback, or unix:/path`);
  }
  const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
    if (request.method !== 'GET') return plain(response, 405, 'GET only\n');
    void answer(request.url ?? '', response, sources).catch(() => response.destroy());
  });
  const listening = await listenOn(server, address, access);
  return {
    listen: listening.listen,
    async close() {
      const closed = listening.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(path: string, response: ServerResponse, { metrics, readiness }: ProbeSources): Promise<void> {
  switch (path) {
    // An event loop that is stuck answers nothing: that is what a liveness probe waits for.
    case '/healthz':
      return plain(response, 200, 'ok\n');
    case '/readyz': {
      const state = readiness.state();
      response.writeHead(state.ready ? 200 : 503, { 'content-type': 'application/json' });
      response.end(`${JSON.stringify(state)}\n`);
      return;
    }
    case '/metrics': {
      const text = await metrics.text();
      response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
      return;
    }
    default:
      return plain(response, 404, 'known: /healthz /readyz /metrics\n');
  }
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}
