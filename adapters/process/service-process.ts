import type { Logger } from 'pino';

export interface RunningService {
  /** As bound, `host:port`, or `unix:/path`. */
  readonly listen: string;
  /** The same of its probes and metrics; undefined: nobody asked for them. */
  readonly metrics?: string | undefined;
  /** What `stop` may wait for others: the delay, then the calls under way. 15 s when it does not say. */
  readonly drainWithinMs?: number;
  /** Not serving → drain → ledger closed → sink flushed. */
  stop(reason: string): Promise<void>;
}

const defaultDrainWithinMs = 15_000;
/**
 * What a stop may take besides its drain: the cut (2 s), the last records (5 s), the ledger, the sink's flush (5 s). A stop that
 * hangs must not keep a process for ever: what is durable stays, the rest was never acknowledged.
 */
const closeWithinMs = 15_000;

/**
 * Runs a service until SIGTERM or SIGINT. One line on stdout says that it listens; everything else goes to stderr. A start
 * that fails exits 2, a stop exits 0, a bug that reaches the top exits 1: never go on in a state nobody has thought about.
 */
export async function runService(name: string, log: Logger, start: () => Promise<RunningService>): Promise<void> {
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    process.exit(1);
  });
  // Who reads the ready line may close the pipe at any time: no reason to fall with a ledger open.
  process.stdout.on('error', () => undefined);
  let running: RunningService | undefined;
  // Before the start, so that a stop that comes during it does not leave a ledger half open.
  const asked = firstStopSignal(log, () => running?.drainWithinMs ?? defaultDrainWithinMs);
  try {
    running = await start();
  } catch (error) {
    log.fatal({ reason: error instanceof Error ? error.message : 'unknown' }, `${name} cannot start`);
    process.exitCode = 2;
    // Half-open handles must not keep a service that is not serving.
    setTimeout(() => process.exit(2), 1000).unref();
    return;
  }
  const { listen, metrics } = running;
  log.info({ listen, metrics }, 'listening');
  process.stdout.write(`${JSON.stringify({ ready: true, service: name, listen, metrics, pid: process.pid })}\n`);
  await stopWith(running, await asked, log);
}

/** Resolves with the first signal's name; from then on the clock runs. Further signals change nothing: a stop cannot be stopped. */
function firstStopSignal(log: Logger, drainWithinMs: () => number): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      const reason = signal.toLowerCase();
      log.info({ reason }, asked ? 'already stopping' : 'stopping');
      if (asked) return;
      asked = true;
      setTimeout(() => {
        log.error('stop took too long');
        process.exit(1);
      }, drainWithinMs() + closeWithinMs).unref();
      resolve(reason);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

async function stopWith(running: RunningService, reason: string, log: Logger): Promise<void> {
  try {
    await running.stop(reason);
  } catch (error) {
    log.fatal({ err: error }, 'stop failed');
    process.exit(1);
  }
  log.info('stopped');
  process.exit(0);
}
