import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeDemoConfiguration } from '@countersign/demo/configuration.ts';
import { writeSamples } from '@countersign/demo/guide.ts';
import { type IdentityProvider, startIdentityProvider } from '@countersign/demo/identity-provider.ts';
import { type ModelServer, startModelServer } from '@countersign/demo/model-server.ts';
import { announce } from '@countersign/demo/running.ts';
import { drainMs, launchGateway } from '../commands/up.ts';
import { freePort, readConfiguration } from '../up/configuration.ts';
import type { Gateway } from '../up/gateway.ts';
import { parseUpstreams } from '../up/upstreams.ts';

/** A whole demo: the gateway, the model behind it and the provider its callers sign in at. */
export interface Stand {
  readonly gateway: Gateway;
  readonly model: ModelServer;
  readonly provider: IdentityProvider;
  /** Folder of the configuration, the ledger and the logs. */
  readonly directory: string;
  readonly ledger: string;
  /** The gateway alone; safe to call twice. */
  endGateway(): Promise<void>;
  stop(): Promise<void>;
}

export interface StandOptions {
  readonly port: number;
  readonly processes: number;
  /** A folder to use and to leave behind; undefined: a temporary one that is removed. */
  readonly keep: string | undefined;
  /** Between two events of a stream, so that a person can see it stream. */
  readonly eventPauseMs: number;
}

export async function startStand(options: StandOptions): Promise<Stand> {
  const directory = demoDirectory(options.keep);
  const provider = await startIdentityProvider();
  const model = await startModelServer({ eventPauseMs: options.eventPauseMs });
  const stopServers = async (): Promise<void> => {
    await Promise.all([provider.close(), model.close()]);
  };
  try {
    writeDemoConfiguration(directory, {
      issuer: provider.issuer,
      audience: provider.audience,
      modelKey: model.key,
      console: `127.0.0.1:${await freePort()}`,
    });
    writeSamples(directory);
    const configuration = readConfiguration(directory);
    const gateway = await launchGateway(directory, configuration, {
      ...options,
      upstreams: parseUpstreams([model.url]),
    });
    const retract = announce({
      pid: process.pid,
      startedAtMs: Date.now(),
      issuer: provider.issuer,
      proxy: gateway.proxy,
      console: gateway.console,
      directory,
    });
    let ended: Promise<void> | undefined;
    const endGateway = (): Promise<void> => {
      ended ??= gateway.stop(drainMs);
      return ended;
    };
    return {
      gateway,
      model,
      provider,
      directory,
      ledger: configuration.ledger.directory,
      endGateway,
      async stop() {
        retract();
        await endGateway();
        await stopServers();
      },
    };
  } catch (error) {
    await stopServers();
    throw error;
  }
}

function demoDirectory(keep: string | undefined): string {
  if (keep !== undefined) {
    mkdirSync(keep, { recursive: true, mode: 0o700 });
    return resolve(keep);
  }
  const directory = mkdtempSync(join(tmpdir(), 'countersign-demo-'));
  // On every way out, a signal included; a demo that is killed leaves its folder to the system's own cleaning.
  process.on('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}
