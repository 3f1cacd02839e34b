/** Everything a run has started, so that all of it ends however the run does. */
import { startTraffic, type Traffic } from '../traffic/traffic.ts';
import type { Target } from './target.ts';

export interface Field {
  readonly traffic: Traffic;
  /** Remembers a target, so that it ends with the run. */
  add<T extends Target>(starting: Promise<T>): Promise<T>;
  /** Of all processes of the bench, this one too. */
  pids(): Promise<readonly number[]>;
}

/** Runs `use` with a model server and a load generator; ends them and every target afterwards, on Ctrl-C too. */
export async function onField<T>(
  options: { readonly gateSize?: number },
  use: (field: Field) => Promise<T>,
): Promise<T> {
  const traffic = await startTraffic(options);
  // Also those that are still starting when the run is interrupted.
  const targets: Promise<Target>[] = [];
  const stop = async (): Promise<void> => {
    traffic.stop();
    const started = await Promise.allSettled(targets.splice(0));
    await Promise.all(started.map((each) => (each.status === 'fulfilled' ? each.value.stop() : undefined)));
  };
  const interrupted = (): void => void stop().finally(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    return await use({
      traffic,
      add(starting) {
        targets.push(starting);
        return starting;
      },
      async pids() {
        const started = await Promise.all(targets);
        return [process.pid, ...traffic.pids, ...started.flatMap((target) => Object.values(target.pids))];
      },
    });
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await stop();
  }
}
