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
      const mib = residentMiBOf(target.pids[part]);
      return mib === undefined ? [] : [[part, mib]];
    }),
  );
  return { seconds: Math.round((performance.now() - startedMs) / 1000), residentMiB };
}

function residentMiBOf(pid: number | undefined): number | undefined {
  try {
    return pid === undefined ? undefined : residentBytes(pid) / (1 << 20);
  } catch {
    return undefined; // It has ended; see `endedParts`.
  }
}

/** Processes that were there at first and are not at the end. */
export function endedParts(samples: readonly MemorySample[]): readonly Part[] {
  const [first, last] = [samples.at(0)?.residentMiB ?? {}, samples.at(-1)?.residentMiB ?? {}];
  return parts.filter((part) => part in first && !(part in last));
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
