import { setTimeout as pause } from 'node:timers/promises';
import { describeExit, type Exit, launch, type Program, type RunningProcess, tail } from './process.ts';
import type { Warden } from './warden-link.ts';

export interface ChildSpec {
  readonly name: string;
  /** Asked before every start: a restart gets the port that the first start was given, so that others find it again. */
  readonly program: () => Program;
  /** Resolves when it serves. `ended` aborts when the process has ended or took too long: stop waiting then. */
  readonly ready: (process: RunningProcess, ended: AbortSignal) => Promise<void>;
}

export interface Surroundings {
  /** Folder of the log files. */
  readonly logs: string;
  readonly warden: Warden;
  /** A line for the person in front of it. */
  readonly tell: (line: string) => void;
}

export interface Child {
  readonly name: string;
  readonly log: string;
  /** undefined while it is not running. */
  pid(): number | undefined;
  /** SIGTERM, and SIGKILL after `graceMs`. Safe to call twice, and while it is being restarted. */
  stop(graceMs: number): Promise<void>;
}

const startLimitMs = 30_000;
/** Who served this long had no bad start; its next restart is quick again. */
const settledMs = 60_000;

/** 200 ms, doubled with every failure in a row, at most 10 s. */
export const backOffMs = (failures: number): number => Math.min(10_000, 200 * 2 ** Math.min(failures, 10));

/** Starts a child and waits until it serves. Rejects with the tail of its log when it does not. From then on it is restarted. */
export async function startChild(spec: ChildSpec, around: Surroundings): Promise<Child> {
  const log = `${around.logs}/${spec.name}.log`;
  const stopping = new AbortController();
  const start = (): Promise<RunningProcess> => launchAndWait(spec, log, around.warden, stopping.signal);
  let current: RunningProcess | undefined = await start();
  const supervision = keepRunning();

  async function keepRunning(): Promise<void> {
    let failures = 0;
    while (current !== undefined) {
      const since = performance.now();
      const exit: Exit = await current.exited;
      current = undefined;
      failures = performance.now() - since > settledMs ? 0 : failures + 1;
      while (current === undefined && !stopping.signal.aborted) {
        const waitMs = backOffMs(failures - 1);
        around.tell(`${spec.name} ended (${describeExit(exit)}), starting it again in ${waitMs} ms; its log: ${log}`);
        await pause(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
        if (stopping.signal.aborted) return;
        current = await start().catch(() => undefined);
        if (current === undefined) failures += 1;
        else around.tell(`${spec.name} serves again`);
      }
    }
  }

  return {
    name: spec.name,
    log,
    pid: () => current?.pid,
    async stop(graceMs) {
      stopping.abort();
      if (current !== undefined) await endProcess(current, graceMs);
      await supervision;
    },
  };
}

async function launchAndWait(
  spec: ChildSpec,
  log: string,
  warden: Warden,
  stopping: AbortSignal,
): Promise<RunningProcess> {
  const running = await launch(spec.program(), log, warden);
  const ended = new AbortController();
  const exit = running.exited.then((how) => {
    ended.abort();
    throw new Error(`${spec.name} did not start: ${describeExit(how)}`);
  });
  const limits = AbortSignal.any([AbortSignal.timeout(startLimitMs), stopping]);
  try {
    await Promise.race([spec.ready(running, AbortSignal.any([ended.signal, limits])), exit, whenAborted(limits)]);
    return running;
  } catch (error) {
    await endProcess(running, 1000);
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${why}\n--- the end of ${log}\n${tail(log, 20)}`);
  } finally {
    exit.catch(() => undefined);
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new Error(`it was not ready within ${startLimitMs / 1000} s`));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}

async function endProcess(running: RunningProcess, graceMs: number): Promise<void> {
  running.kill('SIGTERM');
  const grace = new AbortController();
  const patience = pause(graceMs, undefined, { signal: grace.signal }).then(
    () => running.kill('SIGKILL'),
    () => undefined,
  );
  await running.exited;
  grace.abort();
  await patience;
}
