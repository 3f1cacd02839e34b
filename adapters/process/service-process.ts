import type { Logger } from 'pino';

export interface RunningService {
  /** As bound, `host:port`. */
  readonly listen: string;
  /** Not serving → drain → ledger closed → sink flushed. */
  stop(reason: string): Promise<void>;
}

/** A stop that hangs must not keep a process for ever: what is durable stays, the rest was never acknowledged. */
const stopDeadlineMs = 30_000;

/**
 * Runs a service until SIGTERM or SIGINT. One line on stdout says that it serves; everything else goes to stderr. A start
 * that fails exits 2, a stop exits 0, a bug that reaches the top exits 1: never go on in a state nobody has thought about.
 */
export async function runService(name: string, log: Logger, start: () => Promise<RunningService>): Promise<void> {
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    process.exit(1);
  });
  let running: RunningService;
  try {
    running = await start();
  } catch (error) {
    log.fatal({ reason: error instanceof Error ? error.message : 'unknown' }, `${name} cannot start`);
    process.exitCode = 2;
    // Half-open handles must not keep a service that is not serving.
    setTimeout(() => process.exit(2), 1000).unref();
    return;
  }
  let stopping = false;
  const stop = async (reason: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, 'stopping');
    setTimeout(() => {
      log.error('stop took too long');
      process.exit(1);
    }, stopDeadlineMs).unref();
    await running.stop(reason);
    log.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop('sigterm'));
  process.on('SIGINT', () => void stop('sigint'));
  log.info({ listen: running.listen }, 'serving');
  process.stdout.write(`${JSON.stringify({ ready: true, service: name, listen: running.listen, pid: process.pid })}\n`);
}
