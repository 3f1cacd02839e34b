import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `countersign …` as a process of its own. */
export const countersign = (...args: readonly string[]): Promise<CommandResult> => countersignWith('', ...args);

/** The same, with something on its standard input. */
export function countersignWith(input: string | Uint8Array, ...args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [main, ...args],
      { timeout: 60_000, maxBuffer: 16 << 20 },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ status, stdout, stderr });
      },
    );
    // It may end without having read everything.
    child.stdin?.on('error', () => undefined).end(input);
  });
}
