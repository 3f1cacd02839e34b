/** Envoy with nothing in its filter chain, and Envoy with the yardstick; both under the configuration that ours runs under. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningEnvoy, startEnvoy } from '@countersign/envoy/test/harness/gateway.ts';
import { readyLine, type Started, start } from '@countersign/envoy/test/harness/processes.ts';
import { envoyPath } from '../../setup/paths.mjs';
import type { Target } from './target.ts';

export const envoyWorkers = 2;

export const modelAt = (port: number) =>
  ({ name: 'bench', domain: '*', prefix: '/', host: '127.0.0.1', port, tls: false }) as const;

export function envoyBinary(): string {
  const path = envoyPath();
  if (path === undefined) throw new Error('Envoy is not installed: `npm run bench` installs it');
  return path;
}

const isRouter = (filter: unknown): boolean =>
  typeof filter === 'object' && filter !== null && 'name' in filter && filter.name === 'envoy.filters.http.router';

/** The same configuration, only the router in its chain. */
function withoutFilters(config: object): object {
  const text = JSON.stringify(config, (key, value: unknown) =>
    key === 'http_filters' && Array.isArray(value) ? value.filter(isRouter) : value,
  );
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === 'object' && parsed !== null ? parsed : config;
}

export async function startEnvoyAlone(modelPort: number): Promise<Target> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const envoy = await startEnvoy(
    envoyBinary(),
    directory,
    { authzs: [], procs: [] },
    {
      workers: envoyWorkers,
      upstreams: [modelAt(modelPort)],
      alter: withoutFilters,
    },
  );
  return target('envoy', directory, envoy, []);
}

const yardstick = (file: string): Started =>
  start(process.execPath, [fileURLToPath(new URL(`../yardstick/${file}`, import.meta.url))]);

export async function startNoOpPair(modelPort: number): Promise<Target> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const authz = yardstick('authz.ts');
  const proc = yardstick('proc.ts');
  const [authzReady, procReady] = await Promise.all([readyLine(authz), readyLine(proc)]);
  const listens = { authzs: [authzReady.listen], procs: [procReady.listen] };
  const envoy = await startEnvoy(envoyBinary(), directory, listens, {
    workers: envoyWorkers,
    upstreams: [modelAt(modelPort)],
  });
  return target('no-op', directory, envoy, [authz, proc]);
}

function target(name: string, directory: string, envoy: RunningEnvoy, services: readonly Started[]): Target {
  const [authz, proc] = services.map((service) => service.child.pid ?? 0);
  return {
    name,
    port: envoy.addresses.port,
    token: 'none',
    pids: {
      envoy: envoy.started.child.pid ?? 0,
      ...(authz === undefined ? {} : { authz }),
      ...(proc === undefined ? {} : { proc }),
    },
    async stop() {
      await envoy.started.end('SIGTERM');
      await Promise.all(services.map((service) => service.end('SIGTERM')));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
