/** One case against one target for a few seconds, with what it cost. */
import { loadavg } from 'node:os';
import { machineCpuMicros, processCpuMicros, residentBytes } from '../measure/proc-files.ts';
import type { Target } from '../targets/target.ts';
import type { Traffic } from '../traffic/traffic.ts';
import type { Case } from './cases.ts';
import { type Cost, costBetween, costOf, ofParts, type PerPart } from './cost.ts';

export interface Round extends Cost {
  readonly case: string;
  readonly target: string;
  readonly round: number;
  readonly completed: number;
  /** Calls, or events of streams: what everything here is divided by. */
  readonly units: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: readonly (readonly [string, number])[];
  /** authz and proc together. */
  readonly serverMicros: number;
  readonly residentBytesBefore: PerPart;
  readonly residentBytesAfter: PerPart;
  readonly load1: number;
  /** Share of all cores that went to processes that are not the bench's. */
  readonly foreignShare: number;
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
  const before = { cost: costOf(target), machine: machineCpuMicros(), own: ownMicros() };
  const residentBytesBefore = ofParts(target, residentBytes);
  const { port, token } = target;
  const lanes = [{ connections: on.connections, calls: [on.call] }];
  const result = await traffic.send({ port, token, lanes, maxSeconds: where.seconds });
  const machine = machineCpuMicros() - before.machine;
  const foreign = Math.max(0, machine - (ownMicros() - before.own));
  const units = on.unit === 'event' ? result.events : result.completed;
  const cost = costBetween(before.cost, costOf(target), units);
  return {
    case: on.name,
    target: target.name,
    round: where.round,
    completed: result.completed,
    units,
    perSecond: (units / result.elapsedMs) * 1000,
    p50Ms: result.calls[0]?.p50Ms ?? Number.NaN,
    p99Ms: result.calls[0]?.p99Ms ?? Number.NaN,
    errors: result.errors,
    ...cost,
    serverMicros: (cost.cpuMicros.authz ?? 0) + (cost.cpuMicros.proc ?? 0),
    residentBytesBefore,
    residentBytesAfter: ofParts(target, residentBytes),
    load1: loadavg()[0] ?? 0,
    foreignShare: foreign / (result.elapsedMs * 1000 * where.cores),
  };
}
