/** Everything a run has started, so that all of it ends however the run does. */
import { startTraffic, type Traffic } from '../traffic/traffic.ts';
import type { Target } from './target.ts';

export interface Field {
  readonly traffic: Traffic;
  /** Remembers a target when it has started. */
  add<T extends Target>(starting: Promise<T>): Promise<T>;
  /** Of all processes of the bench, this one too. */
  pids(): readonly number[];
}

/** Runs `use` with a model server and a load generator; ends them and every target afterwards, on Ctrl-C too. */
export async function onField<T>(
  options: { readonly gateSize?: number },
  use: (field: Field) => Promise<T>,
): Promise<T> {
  const traffic = await startTraffic(options);
  const targets: Target[] = [];
  const stop = async (): Promise<void> => {
    traffic.stop();
    await Promise.all(targets.splice(0).map((target) => target.stop()));
  };
  const interrupted = (): void => void stop().finally(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    return await use({
      traffic,
      async add(starting) {
        const target = await starting;
        targets.push(target);
        return target;
      },
      pids: () => [process.pid, ...traffic.pids, ...targets.flatMap((target) => Object.values(target.pids))],
    });
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await stop();
  }
}
