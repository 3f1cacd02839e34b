import type { Logger } from 'pino';
import type { GrpcServer } from '../grpc/server.ts';
import type { Readiness } from './readiness.ts';

const lookEveryMs = 250;

/** Says SERVING to Envoy once the start is complete; until then a rolling restart goes on with the process before this one. */
export function serveWhen(
  complete: () => boolean,
  server: Pick<GrpcServer, 'serve'>,
  readiness: Readiness,
  log: Pick<Logger, 'warn' | 'info'>,
): { stop(): void } {
  const tell = (): boolean => {
    if (!complete()) return false;
    readiness.serving();
    server.serve();
    return true;
  };
  if (tell()) return { stop: () => undefined };
  log.warn('not serving yet: the start is not complete (/readyz says why)');
  const timer = setInterval(() => {
    if (!tell()) return;
    clearInterval(timer);
    log.info('serving now');
  }, lookEveryMs);
  return { stop: () => clearInterval(timer) };
}
