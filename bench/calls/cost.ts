/** What a target has used so far, process by process and thread by thread; and between two looks at it, per call. */
import { processCpuMicros, threadCpuMicros } from '../measure/proc-files.ts';
import { type Part, parts, type Target } from '../targets/target.ts';

export type PerPart = Readonly<Partial<Record<Part, number>>>;
export type Threads = Readonly<Record<string, number>>;

export interface Cost {
  readonly cpuMicros: PerPart;
  /** Of our services and of the yardstick's, by name of the thread. */
  readonly threadMicros: Readonly<Partial<Record<Part, Threads>>>;
}

export function ofParts<T>(target: Target, read: (pid: number) => T): Partial<Record<Part, T>> {
  return Object.fromEntries(
    parts.flatMap((part) => {
      const pid = target.pids[part];
      return pid === undefined ? [] : [[part, read(pid)]];
    }),
  );
}

export function costOf(target: Target): Cost {
  const { authz, proc } = ofParts(target, (pid) => Object.fromEntries(threadCpuMicros(pid)));
  const threadMicros = { ...(authz === undefined ? {} : { authz }), ...(proc === undefined ? {} : { proc }) };
  return { cpuMicros: ofParts(target, processCpuMicros), threadMicros };
}

export function costBetween(before: Cost, after: Cost, units: number): Cost {
  const threads = Object.entries(after.threadMicros).map(([part, ends]) => {
    const from = new Map(Object.entries(before.threadMicros)).get(part) ?? {};
    return [part, perUnit(from, ends, units)];
  });
  return { cpuMicros: perUnit(before.cpuMicros, after.cpuMicros, units), threadMicros: Object.fromEntries(threads) };
}

function perUnit(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  units: number,
): Threads {
  return Object.fromEntries(Object.entries(after).map(([name, end]) => [name, (end - (before[name] ?? 0)) / units]));
}
