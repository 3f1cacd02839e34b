import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { envoyConfig, type Upstream } from '@countersign/envoy/config.ts';
import type { ChildSpec } from './child.ts';
import { assertLive, assertServicesHealthy, listenerAddress } from './envoy-admin.ts';

export interface EnvoyChild {
  readonly spec: ChildSpec;
  /** `http://host:port` for callers, and of the admin interface; '' before the first start. */
  proxy(): string;
  admin(): string;
}

export interface EnvoyChildOptions {
  /** The binary. */
  readonly file: string;
  /** Folder for its configuration and what it says about its ports. */
  readonly state: string;
  /** 0: a free one. */
  readonly port: number;
  /** `host:port` or `unix:/path`. */
  readonly authz: string;
  readonly procs: readonly string[];
  readonly upstreams: readonly Upstream[];
}

/** The real Envoy. Free ports are taken at the first start and kept for every restart, so that callers find it again. */
export function envoyChild(options: EnvoyChildOptions): EnvoyChild {
  const configPath = `${options.state}/envoy.json`;
  const adminPath = `${options.state}/envoy-admin.txt`;
  let proxy = `127.0.0.1:${options.port}`;
  let admin = '127.0.0.1:0';

  function program(): { file: string; args: string[] } {
    const config = envoyConfig({
      listenPort: portOf(proxy),
      adminPort: portOf(admin),
      authzs: [options.authz],
      procs: options.procs,
      upstreams: options.upstreams,
      accessLog: `${options.state}/log/access.log`,
    });
    writeFileSync(configPath, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
    // A file of an earlier start would name a port that is not ours.
    rmSync(adminPath, { force: true });
    const args = ['--config-path', configPath, '--admin-address-path', adminPath, '--log-level', 'warning'];
    // Hot restart would share memory with any other Envoy of this machine.
    args.push('--disable-hot-restart', '--concurrency', String(availableParallelism()));
    return { file: options.file, args };
  }

  async function ready(_: unknown, ended: AbortSignal): Promise<void> {
    await untilItHolds(ended, async () => {
      admin = readFileSync(adminPath, 'utf8').trim();
      await assertLive(`http://${admin}`, ended);
      await assertServicesHealthy(`http://${admin}`, ended);
      proxy = await listenerAddress(`http://${admin}`, 'inference', ended);
    });
  }

  return {
    spec: { name: 'envoy', program, ready },
    proxy: () => `http://${proxy}`,
    admin: () => `http://${admin}`,
  };
}

const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));

/** Tries until it does not throw any more. Rejects with the last error when the signal aborts. */
export async function untilItHolds(signal: AbortSignal, attempt: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted) throw error;
      await pause(50);
    }
  }
}
