/** Child processes of a test: started with their own handle, ended by it, never by name. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Started {
  readonly child: ChildProcess;
  /** Everything it wrote to stderr so far. */
  log(): string;
  /** Base URL of its probes and metrics, once it is ready; throws when it was not told to have any. */
  probes(): string;
  /** Resolves with the exit code, or the signal's name, whoever ends it. */
  readonly ended: Promise<number | string>;
  /** Ends it, and resolves as `ended` does. */
  end(signal: NodeJS.Signals): Promise<number | string>;
}

export function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Started {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let log = '';
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const ended = once(child, 'close').then(() => child.exitCode ?? child.signalCode ?? 'unknown');
  return {
    child,
    log: () => log,
    probes() {
      const address = /"metrics":"([^"]+)"/.exec(said)?.[1];
      if (address === undefined) throw new Error('it has no probes: --metrics');
      return `http://${address}`;
    },
    ended,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return ended;
    },
  };
}

/** The one line on stdout that says a service serves. Rejects with its log when it ends instead. */
export async function readyLine(started: Started): Promise<{ readonly listen: string }> {
  const { child } = started;
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it served:\n${started.log()}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const line = text.split('\n')[0] ?? '';
      if (!text.includes('\n')) return;
      const parsed: unknown = JSON.parse(line);
      if (typeof parsed === 'object' && parsed !== null && 'listen' in parsed)
        resolve({ listen: String(parsed.listen) });
    });
  });
}

/** Polls a condition; rejects with `what` when it never comes true. For readiness of processes that cannot call back. */
export async function until(what: string, holds: () => Promise<boolean> | boolean, limitMs = 20_000): Promise<void> {
  const limit = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > limit) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
