import { fileURLToPath } from 'node:url';
import { serviceNodeOptions } from '@countersign/adapters/process/node-options.ts';
import type { ChildSpec } from './child.ts';
import { isObject } from './json.ts';

export type ServiceName = 'authz-service' | 'proc-service' | 'console';

export interface ServiceChild {
  readonly spec: ChildSpec;
  /** `host:port` or `unix:/path`, once it has served for the first time. */
  address(): string;
}

/**
 * One of our own services. The first start may be given port 0; the port it then gets is the one every restart is given,
 * because Envoy and the approvers' links know it.
 */
export function serviceChild(options: {
  readonly service: ServiceName;
  readonly replica: string;
  readonly config: string;
  readonly listen: string;
  /** More arguments, the same at every start. */
  readonly options?: readonly string[];
  /** Told at every start where its probes are. */
  readonly onProbes: (address: string) => void;
}): ServiceChild {
  let listen = options.listen;
  const script = fileURLToPath(new URL(`../../${options.service}/main.ts`, import.meta.url));
  return {
    address: () => listen,
    spec: {
      name: options.service === 'proc-service' ? `proc-service-${options.replica}` : options.service,
      program: () => ({
        file: process.execPath,
        args: [
          ...[
            ...serviceNodeOptions,
            script,
            '--config',
            options.config,
            '--listen',
            listen,
            '--replica',
            options.replica,
          ],
          ...['--metrics', '127.0.0.1:0', ...(options.options ?? [])],
        ],
      }),
      async ready(running) {
        const line = await running.line(parseReadyLine);
        listen = line.listen;
        if (line.metrics !== undefined) options.onProbes(line.metrics);
      },
    },
  };
}

export interface ReadyLine {
  readonly listen: string;
  readonly metrics: string | undefined;
}

/** `{"ready":true,"service":…,"listen":"127.0.0.1:41234","metrics":…,"pid":…}` → its addresses; undefined for any other line. */
export function parseReadyLine(line: string): ReadyLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(value) || value['ready'] !== true) return undefined;
  const { listen, metrics } = value;
  if (typeof listen !== 'string') return undefined;
  return { listen, metrics: typeof metrics === 'string' ? metrics : undefined };
}
