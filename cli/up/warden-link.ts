import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The supervisor's end of the pipe to its warden (warden.ts). */
export interface Warden {
  watch(pid: number): void;
  forget(pid: number): void;
  /** Ends the warden; what it still watches it ends first. */
  release(): void;
}

export function startWarden(graceMs: number): Warden {
  const script = fileURLToPath(new URL('warden.ts', import.meta.url));
  // A session of its own: Ctrl-C and the end of a terminal reach the supervisor, who ends things in order, and nobody else.
  const child = spawn(process.execPath, [script, String(graceMs)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  // Should somebody end the warden, the gateway goes on: only the protection against our own sudden death is lost.
  child.stdin.on('error', () => undefined);
  return {
    watch: (pid) => void child.stdin.write(`+${pid}\n`),
    forget: (pid) => void child.stdin.write(`-${pid}\n`),
    release: () => void child.stdin.end(),
  };
}
