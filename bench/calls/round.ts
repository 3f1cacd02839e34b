/** One case against one target for a few seconds, with what it cost. */
import { loadavg } from 'node:os';
import { machineCpuMicros, processCpuMicros, residentBytes } from '../measure/proc-files.ts';
import { type Part, parts, type Target } from '../targets/target.ts';
import type { Traffic } from '../traffic/traffic.ts';
import type { Case } from './cases.ts';

type PerPart = Readonly<Partial<Record<Part, number>>>;

export interface Round {
  readonly case: string;
  readonly target: string;
  readonly round: number;
  readonly completed: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: readonly (readonly [string, number])[];
  /** Per call, or per event of a stream. */
  readonly cpuMicros: PerPart;
  /** authz and proc together, per the same. */
  readonly serverMicros: number;
  readonly residentBytesBefore: PerPart;
  readonly residentBytesAfter: PerPart;
  readonly load1: number;
  /** Share of all cores that went to processes that are not the bench's. */
  readonly foreignShare: number;
}

function ofParts(target: Target, read: (pid: number) => number): PerPart {
  return Object.fromEntries(
    parts.flatMap((part) => {
      const pid = target.pids[part];
      return pid === undefined ? [] : [[part, read(pid)]];
    }),
  );
}

export interface Where {
  readonly round: number;
  readonly seconds: number;
  /** Of every process that the bench runs, the other targets too. */
  readonly ownPids: readonly number[];
  readonly cores: number;
}

export async function measureRound(on: Case, target: Target, traffic: Traffic, where: Where): Promise<Round> {
  const ownMicros = (): number => where.ownPids.reduce((sum, pid) => sum + processCpuMicros(pid), 0);
  const before = { parts: ofParts(target, processCpuMicros), machine: machineCpuMicros(), own: ownMicros() };
  const residentBytesBefore = ofParts(target, residentBytes);
  const { port, token } = target;
  const lanes = [{ connections: on.connections, calls: [on.call] }];
  const result = await traffic.send({ port, token, lanes, maxSeconds: where.seconds });
  const machine = machineCpuMicros() - before.machine;
  const foreign = Math.max(0, machine - (ownMicros() - before.own));
  const units = on.unit === 'event' ? result.events : result.completed;
  const after = ofParts(target, processCpuMicros);
  const cpuMicros: PerPart = Object.fromEntries(
    parts.flatMap((part) => {
      const end = after[part];
      return end === undefined ? [] : [[part, (end - (before.parts[part] ?? 0)) / units]];
    }),
  );
  return {
    case: on.name,
    target: target.name,
    round: where.round,
    completed: result.completed,
    perSecond: (units / result.elapsedMs) * 1000,
    p50Ms: result.calls[0]?.p50Ms ?? Number.NaN,
    p99Ms: result.calls[0]?.p99Ms ?? Number.NaN,
    errors: result.errors,
    cpuMicros,
    serverMicros: (cpuMicros.authz ?? 0) + (cpuMicros.proc ?? 0),
    residentBytesBefore,
    residentBytesAfter: ofParts(target, residentBytes),
    load1: loadavg()[0] ?? 0,
    foreignShare: foreign / (result.elapsedMs * 1000 * where.cores),
  };
}
