import { parseArgs } from 'node:util';

/** What every service is started with. */
export interface ServiceArguments {
  readonly config: string;
  /** Overrides `listeners` of the configuration; port 0 takes a free one. */
  readonly listen: string | undefined;
  /** Names this writer's ledgers; two processes must never share it. */
  readonly replica: string;
  /** Loopback address for `/metrics`; none when absent. */
  readonly metrics: string | undefined;
}

/** Throws with one clear sentence: the caller prints it and exits 2. */
export function parseServiceArguments(argv: readonly string[]): ServiceArguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      config: { type: 'string' },
      listen: { type: 'string' },
      replica: { type: 'string', default: '0' },
      metrics: { type: 'string' },
    },
  });
  if (values.config === undefined) throw new Error('--config DIR is needed: the folder with countersign.yaml');
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(values.replica)) {
    throw new Error('--replica takes up to 63 lower-case letters, digits and dashes');
  }
  return { config: values.config, listen: values.listen, replica: values.replica, metrics: values.metrics };
}
