import { endWithParent } from '../../setup/lifeline.mjs';

/** A Ctrl-C in a terminal may arrive twice, from the terminal and from the launcher: only a later one means "now". */
const sameSignalMs = 1000;

export interface Shutdown {
  /** Resolves when somebody asks this process to end. */
  readonly requested: Promise<void>;
  wasRequested(): boolean;
}

/**
 * SIGINT, SIGTERM, SIGHUP and the end of the parent ask once, politely. A second one, later, ends this process at once; the
 * warden then ends the children.
 */
export function listenForShutdown(): Shutdown {
  let askedAt: number | undefined;
  const asked = Promise.withResolvers<void>();
  const onSignal = (): void => {
    if (askedAt === undefined) {
      askedAt = performance.now();
      asked.resolve();
    } else if (performance.now() - askedAt > sameSignalMs) {
      process.exit(130);
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  endWithParent();
  return { requested: asked.promise, wasRequested: () => askedAt !== undefined };
}
