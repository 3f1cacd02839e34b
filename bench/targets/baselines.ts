/** Envoy with nothing in its filter chain, and Envoy with the yardstick; both under the configuration that ours runs under. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEnvoy } from '@countersign/envoy/test/harness/gateway.ts';
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
  if (typeof parsed !== 'object' || parsed === null) throw new Error('an Envoy configuration is an object');
  return parsed;
}

export function startEnvoyAlone(modelPort: number): Promise<Target> {
  return startTarget('envoy', {}, modelPort, withoutFilters);
}

export function startNoOpPair(modelPort: number): Promise<Target> {
  return startTarget('no-op', { authz: yardstick('authz.ts'), proc: yardstick('proc.ts') }, modelPort);
}

const yardstick = (file: string): Started =>
  start(process.execPath, [fileURLToPath(new URL(`../yardstick/${file}`, import.meta.url))]);

type Services = { readonly authz?: Started; readonly proc?: Started };

const listenOf = async (service: Started | undefined): Promise<readonly string[]> =>
  service === undefined ? [] : [(await readyLine(service)).listen];

async function startTarget(
  name: string,
  services: Services,
  modelPort: number,
  alter = (same: object): object => same,
): Promise<Target> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const stop = async (): Promise<void> => {
    await Promise.all(Object.values(services).map((service) => service.end('SIGTERM')));
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const [authzs, procs] = await Promise.all([listenOf(services.authz), listenOf(services.proc)]);
    const options = { workers: envoyWorkers, upstreams: [modelAt(modelPort)], alter };
    const envoy = await startEnvoy(envoyBinary(), directory, { authzs, procs }, options);
    const processes = { envoy: envoy.started, ...services };
    return {
      name,
      port: envoy.addresses.port,
      token: 'none',
      masks: false,
      pids: Object.fromEntries(Object.entries(processes).map(([part, { child }]) => [part, child.pid ?? 0])),
      async stop() {
        await envoy.started.end('SIGTERM');
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
