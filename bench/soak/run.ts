/** `npm run bench -- soak`: everything at once at full speed, and what is left of it afterwards. */
import { until } from '@countersign/envoy/test/harness/processes.ts';
import { memoryChart } from '../report/memory-chart.ts';
import { describeMachine, writeResult } from '../report/result-file.ts';
import { onField } from '../targets/field.ts';
import { type Ours, startOurs } from '../targets/ours.ts';
import { soakPolicy } from '../targets/policy.ts';
import type { Part } from '../targets/target.ts';
import type { Lane, LoadResult } from '../traffic/order.ts';
import { endedParts, type Growth, growthOf, type MemorySample, sampleMemory } from './memory.ts';
import { serverErrors } from './server-errors.ts';
import { countTrail, type TrailCount } from './trail.ts';

export interface SoakOptions {
  readonly seconds: number;
  readonly calls?: number;
  readonly out: string;
}

/** Mostly small answers; of twenty calls one is refused before its body is read, one after it, and one comes without a token. */
const lanes: readonly Lane[] = [
  {
    connections: 16,
    calls: [...Array.from({ length: 15 }, () => '4k' as const), '64k', '64k', 'denied', 'denied-body', 'stranger'],
  },
  { connections: 8, calls: ['sse'] },
  { connections: 2, calls: ['held'] },
];
const maxGrowth = 0.05;
const completedCounter = 'http.countersign.downstream_rq_completed';

export interface SoakOutcome {
  readonly load: LoadResult;
  /** Of 5xx, as Envoy logged them. */
  readonly reasons: readonly (readonly [string, number])[];
  readonly trail: TrailCount;
  readonly envoyCompleted: number;
  readonly growth: readonly Growth[] | undefined;
  /** Processes that did not survive. */
  readonly died: readonly Part[];
}

/** @returns whether everything was as it must be */
export async function benchSoak(options: SoakOptions): Promise<boolean> {
  const startedAt = new Date();
  const machine = describeMachine();
  return onField({}, async (field) => {
    const ours = await field.add(startOurs(field.traffic.modelPort, 'ours', soakPolicy()));
    const samples: MemorySample[] = [];
    const startedMs = performance.now();
    const timer = setInterval(() => samples.push(sampleMemory(ours, startedMs)), 1000);
    const { port, token } = ours;
    const limit = options.calls === undefined ? {} : { maxCalls: options.calls };
    const load = await field.traffic.send({ port, token, lanes, maxSeconds: options.seconds, ...limit });
    clearInterval(timer);
    const reasons = [...(await serverErrors(ours.accessLog))];
    const outcome = { load, reasons, ...(await compare(ours)), growth: growthOf(samples), died: endedParts(samples) };
    const findings = findingsOf(outcome);
    report(outcome, findings);
    const title = `${load.completed.toLocaleString('en')} calls in ${Math.round(load.elapsedMs / 1000)} s`;
    const chart = memoryChart(title, samples, machine);
    writeResult(options.out, { kind: 'soak', startedAt, machine, data: { ...outcome, findings, samples }, chart });
    return findings.length === 0;
  });
}

/** Envoy counts a request a moment after its last byte has left. */
async function compare(ours: Ours): Promise<{ readonly trail: TrailCount; readonly envoyCompleted: number }> {
  await until('no request is under way', async () => (await ours.stat('http.countersign.downstream_rq_active')) === 0);
  return { trail: countTrail(ours.ledger), envoyCompleted: await ours.stat(completedCounter) };
}

/** What is not as it must be; none: all is well. */
export function findingsOf({ load, reasons, trail, envoyCompleted, growth, died }: SoakOutcome): string[] {
  const grown = (growth ?? []).filter(({ share }) => share > maxGrowth);
  return [
    ...died.map((part) => `${part} has ended`),
    ...load.errors.map(([what, count]) => `${count} × ${what}`),
    ...reasons.map(([reason, count]) => `Envoy logged ${count} × ${reason}`),
    ...(trail.ended === envoyCompleted
      ? []
      : [`${trail.ended} sessions have one end, Envoy completed ${envoyCompleted}`]),
    ...(trail.unended === 0 ? [] : [`${trail.unended} sessions have no end`]),
    ...(trail.endedTwice === 0 ? [] : [`${trail.endedTwice} sessions have several ends`]),
    ...grown.map(({ part, share }) => `${part} has grown by ${(share * 100).toFixed(1)} % since its second minute`),
  ];
}

function report({ load, trail, envoyCompleted, growth }: SoakOutcome, findings: readonly string[]): void {
  console.log(`${load.completed} calls as expected in ${Math.round(load.elapsedMs / 1000)} s:`);
  for (const { name, completed, p50Ms, p99Ms } of load.calls) {
    console.log(
      `  ${name.padEnd(12)} ${String(completed).padStart(8)}  p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`,
    );
  }
  console.log(
    `trail: ${trail.records} records, ${trail.ended} sessions with one end; Envoy completed ${envoyCompleted}`,
  );
  for (const { part, secondMinuteMiB, lastMinuteMiB, share } of growth ?? []) {
    const [from, to] = [secondMinuteMiB, lastMinuteMiB].map((mib) => mib.toFixed(0));
    console.log(`memory of ${part}: ${from} MiB in minute 2, ${to} MiB in the last (${(share * 100).toFixed(1)} %)`);
  }
  if (growth === undefined) console.log('memory: too short to judge its growth, which takes three minutes');
  for (const finding of findings) console.log(`NOT WELL  ${finding}`);
  console.log(findings.length === 0 ? 'all is well' : 'not well');
}
