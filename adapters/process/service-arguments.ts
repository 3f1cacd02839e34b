import { parseArgs } from 'node:util';

/** What every service is started with. */
export interface ServiceArguments {
  readonly config: string;
  /** Overrides `listeners` of the configuration; port 0 takes a free one. */
  readonly listen: string | undefined;
  /** Names this writer's ledgers; two processes must never share it. */
  readonly replica: string;
  /** Loopback address or `unix:/path` for `/healthz`, `/readyz` and `/metrics`; none when absent. */
  readonly metrics: string | undefined;
  /**
   * How long a service that stops goes on taking calls after it has said that it does not serve: until then Envoy may not have
   * asked. 0 where nobody is in front any more.
   */
  readonly drainDelayMs: number;
  /** How long calls under way may take from then on before they are cut. */
  readonly drainMs: number;
}

/** Envoy's health check in envoy/config.ts asks every 2 s and waits 2 s for the answer; one second to act on it. */
const defaultDrainDelaySeconds = '5';
const defaultDrainSeconds = '20';

/** Throws with one clear sentence: the caller prints it and exits 2. */
export function parseServiceArguments(argv: readonly string[]): ServiceArguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      config: { type: 'string' },
      listen: { type: 'string' },
      replica: { type: 'string', default: '0' },
      metrics: { type: 'string' },
      'drain-delay': { type: 'string', default: defaultDrainDelaySeconds },
      drain: { type: 'string', default: defaultDrainSeconds },
    },
  });
  const { config, listen, replica, metrics } = values;
  if (config === undefined) throw new Error('--config DIR is needed: the folder with countersign.yaml');
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(replica)) {
    throw new Error('--replica takes up to 63 lower-case letters, digits and dashes');
  }
  const drainDelayMs = parseSeconds('--drain-delay', values['drain-delay']);
  const drainMs = parseSeconds('--drain', values.drain);
  return { config, listen, replica, metrics, drainDelayMs, drainMs };
}

function parseSeconds(option: string, text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new Error(`${option} takes whole seconds, 0 to 9999`);
  return Number(text) * 1000;
}

/** For a main module: what is wrong goes to stderr as one sentence, and the process exits 2. */
export function argumentsOrExit(service: string, argv: readonly string[]): ServiceArguments {
  try {
    return parseServiceArguments(argv);
  } catch (error) {
    process.stderr.write(`${service}: ${error instanceof Error ? error.message : 'wrong arguments'}\n`);
    process.exit(2);
  }
}
