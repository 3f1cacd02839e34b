/** Memory of a target's processes while it is under load. */
import { residentBytes } from '../measure/proc-files.ts';
import { median } from '../measure/statistics.ts';
import { type Part, parts, type Target } from '../targets/target.ts';

export interface MemorySample {
  readonly seconds: number;
  readonly residentMiB: Readonly<Partial<Record<Part, number>>>;
}

export interface Growth {
  readonly part: Part;
  readonly secondMinuteMiB: number;
  readonly lastMinuteMiB: number;
  /** 0.05: five percent more in the last minute than in the second. */
  readonly share: number;
}

export function sampleMemory(target: Target, startedMs: number): MemorySample {
  const residentMiB = Object.fromEntries(
    parts.flatMap((part) => {
      const pid = target.pids[part];
      return pid === undefined ? [] : [[part, residentBytes(pid) / (1 << 20)]];
    }),
  );
  return { seconds: Math.round((performance.now() - startedMs) / 1000), residentMiB };
}

/** The first minute is for caches, compiled code and pools to fill. undefined: too short to say, it needs three minutes. */
export function growthOf(samples: readonly MemorySample[]): Growth[] | undefined {
  const end = samples.at(-1)?.seconds ?? 0;
  if (end < 180) return undefined;
  const within = (from: number, to: number, part: Part): number =>
    median(
      samples
        .filter(({ seconds }) => seconds >= from && seconds < to)
        .flatMap(({ residentMiB }) => residentMiB[part] ?? []),
    );
  return parts.map((part) => {
    const secondMinuteMiB = within(60, 120, part);
    const lastMinuteMiB = within(end - 60, end + 1, part);
    return { part, secondMinuteMiB, lastMinuteMiB, share: lastMinuteMiB / secondMinuteMiB - 1 };
  });
}
