import { fileURLToPath } from 'node:url';
import type { ChildSpec } from './child.ts';
import { isObject } from './json.ts';

export type ServiceName = 'authz-service' | 'proc-service' | 'console';

export interface ServiceChild {
  readonly spec: ChildSpec;
  /** `host:port`, once it has served for the first time. */
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
          ...[script, '--config', options.config, '--listen', listen, '--replica', options.replica],
          ...(options.options ?? []),
        ],
      }),
      async ready(running) {
        listen = await running.line(parseReadyLine);
      },
    },
  };
}

/** `{"ready":true,"service":…,"listen":"127.0.0.1:41234","pid":…}` → its listen address; undefined for any other line. */
export function parseReadyLine(line: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(value) || value['ready'] !== true) return undefined;
  return typeof value['listen'] === 'string' ? value['listen'] : undefined;
}
