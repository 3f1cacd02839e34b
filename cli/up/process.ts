import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Warden } from './warden-link.ts';

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

/** How a process ended: an exit code, or the signal that ended it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningProcess {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** The first line of its stdout that `wanted` accepts; never resolves when there is none. */
  line<T>(wanted: (line: string) => T | undefined): Promise<T>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a program whose stdout and stderr go to the file `log`. Rejects when it cannot be started at all. */
export async function launch(program: Program, log: string, warden: Warden): Promise<RunningProcess> {
  const file = openSync(log, 'a', 0o600);
  const child = spawn(program.file, [...program.args], { detached: true, stdio: ['ignore', 'pipe', file] });
  try {
    await once(child, 'spawn');
  } finally {
    closeSync(file);
  }
  const pid = child.pid ?? 0;
  warden.watch(pid);
  const watchers = new Set<(line: string) => void>();
  const seen: string[] = [];
  if (child.stdout === null) throw new Error('stdout was asked for as a pipe');
  createInterface({ input: child.stdout }).on('line', (line) => {
    appendFileSync(log, `${line}\n`);
    if (seen.length < maxRememberedLines) seen.push(line);
    for (const watcher of watchers) watcher(line);
  });
  const exited = new Promise<Exit>((resolve) => {
    // Not 'exit': its last words may still be in the pipe then.
    child.once('close', (code, signal) => {
      warden.forget(pid);
      resolve({ code, signal });
    });
  });
  return {
    pid,
    exited,
    line: (wanted) =>
      new Promise((resolve) => {
        const watcher = (line: string): void => {
          const found = wanted(line);
          if (found === undefined) return;
          watchers.delete(watcher);
          resolve(found);
        };
        watchers.add(watcher);
        for (const line of seen) watcher(line);
      }),
    kill: (signal) => void child.kill(signal),
  };
}

/** A ready line is among the first; what a service prints later is only kept in its log. */
const maxRememberedLines = 20;

export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : signal;
}

/** The last lines of a log, for a person who has to see why something did not start. */
export function tail(log: string, lines: number): string {
  try {
    return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}
