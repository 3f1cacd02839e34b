import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const writer = fileURLToPath(new URL('./writer.ts', import.meta.url));

/** Runs a writer, kills it once it has acknowledged that many records, and returns what it acknowledged. */
export async function writeUntilKilled(directory: string, acknowledgements: number): Promise<readonly string[]> {
  const child: ChildProcess = spawn(process.execPath, [writer, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.split('\n').length > acknowledgements) child.kill('SIGKILL');
  });
  const [, signal]: unknown[] = await exited;
  assert.equal(signal, 'SIGKILL', 'it ended by itself');
  return output.split('\n').slice(0, -1); // the last line may be cut
}
