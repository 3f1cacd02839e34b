import { mkdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Upstream } from '@countersign/envoy/config.ts';
import { type Child, startChild } from './child.ts';
import { activeCalls, stopListening } from './envoy-admin.ts';
import { envoyChild } from './envoy-child.ts';
import { makeRunFolder } from './run-folder.ts';
import { ScrapeTargets } from './scrape-targets.ts';
import { type ServiceName, serviceChild } from './service-child.ts';
import { waitUntilReady } from './wait-until-ready.ts';
import { startWarden } from './warden-link.ts';

export interface GatewayPlan {
  /** Folder with countersign.yaml. */
  readonly config: string;
  /** Folder for logs and generated files. */
  readonly state: string;
  /** The Envoy binary. */
  readonly envoy: string;
  /** Callers' port; 0: a free one. */
  readonly port: number;
  readonly processes: number;
  /** `host:port` of the console; its port is in links, so the configuration decides it. */
  readonly console: string;
  readonly upstreams: readonly Upstream[];
  /** Progress, for a person. */
  readonly tell: (line: string) => void;
}

export interface Gateway {
  readonly proxy: string;
  readonly console: string;
  readonly admin: string;
  /** Folder of the logs. */
  readonly logs: string;
  /** File with where each process has its metrics, as Prometheus reads it (`file_sd_configs`). */
  readonly metrics: string;
  /** Running processes by name. */
  pids(): ReadonlyMap<string, number>;
  /** No new calls; those under way may end within `drainMs`; then Envoy, then the services, each given time to close its ledger. */
  stop(drainMs: number): Promise<void>;
}

/** More than a service's own limit for its stop (35 s), so that it is the one who says what took too long. */
const graceMs = 40_000;
/** Envoy is stopped before the services: at their stop nobody is in front who would still send them calls. */
const withoutDelay = ['--drain-delay', '0'];
/** More than an issuer's keys need from a slow network. */
const readyWithinMs = 20_000;

/**
 * Everything on one machine: console, authz-service and the proc-services, then the real Envoy in front. Resolves when the first
 * call will succeed. Rejects, with nothing left running, when a part does not start.
 */
export async function startGateway(plan: GatewayPlan): Promise<Gateway> {
  const logs = `${plan.state}/log`;
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const around = { logs, warden: startWarden(graceMs), tell: plan.tell };
  const started: Child[] = [];
  const stopAll = async (children: readonly Child[]): Promise<void> => {
    await Promise.all(children.map((child) => child.stop(graceMs)));
  };
  const start = async (spec: Parameters<typeof startChild>[0]): Promise<void> => {
    started.push(await startChild(spec, around));
  };

  const { config } = plan;
  const run = makeRunFolder(plan.state);
  const targets = new ScrapeTargets(`${plan.state}/metrics.json`);
  const child = (service: ServiceName, replica: string, listen: string, options: readonly string[] = []) =>
    serviceChild({
      ...{ service, replica, config, listen, options },
      onProbes: (address) => targets.set(service, replica, address),
    });
  const web = child('console', '1', plan.console);
  const authz = child('authz-service', '1', run.address('authz-service'), withoutDelay);
  // One process and one endpoint each: a process has one core, and what dies takes its own calls along, not all.
  const procs = Array.from({ length: plan.processes }, (_, index) => {
    const replica = String(index + 1);
    return child('proc-service', replica, run.address(`proc-service-${replica}`), withoutDelay);
  });
  try {
    plan.tell(`starting console, authz-service, ${plan.processes} × proc-service, Envoy; logs: ${logs}`);
    const results = await Promise.allSettled([web, authz, ...procs].map(({ spec }) => start(spec)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    await waitUntilReady(targets.urls(), readyWithinMs);
    const envoy = envoyChild({
      file: plan.envoy,
      state: plan.state,
      port: plan.port,
      authz: authz.address(),
      procs: procs.map((proc) => proc.address()),
      upstreams: plan.upstreams,
    });
    const services = [...started];
    await start(envoy.spec);
    return {
      proxy: envoy.proxy(),
      console: `http://${web.address()}`,
      admin: envoy.admin(),
      logs,
      metrics: targets.file,
      pids: () => new Map(started.flatMap((child) => pidEntry(child))),
      async stop(drainMs) {
        await drain(envoy.admin(), drainMs);
        await stopAll(started.filter((child) => !services.includes(child)));
        await stopAll(services);
        run.remove();
        around.warden.release();
      },
    };
  } catch (error) {
    await stopAll(started);
    run.remove();
    around.warden.release();
    throw error;
  }
}

function pidEntry(child: Child): readonly (readonly [string, number])[] {
  const pid = child.pid();
  return pid === undefined ? [] : [[child.name, pid]];
}

/** An Envoy that does not answer has nothing left to drain. */
async function drain(admin: string, drainMs: number): Promise<void> {
  const limit = AbortSignal.timeout(Math.max(drainMs, 1));
  try {
    await stopListening(admin, limit);
    while ((await activeCalls(admin, limit)) > 0) await pause(100, undefined, { signal: limit });
  } catch {
    return;
  }
}
