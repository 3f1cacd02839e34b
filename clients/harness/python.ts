/** Python programs of the tier: clients that are asked one thing, servers that stay until the test ends. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pythonClientsPath } from '../../setup/paths.mjs';
import { Document, parseDocument } from './document.ts';

const python = pythonClientsPath();
const scripts = fileURLToPath(new URL('../python', import.meta.url));

/** Minutes for what takes seconds on a quiet machine: only a hang should meet it. */
const readyWithinMs = 180_000;
const endWithinMs = 60_000;

export const skipWithoutPython =
  python === undefined
    ? 'clients and servers from PyPI are not installed: npm run test:clients does it, with Python 3.11 or 3.12 and pip'
    : false;

function startPython(script: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  if (python === undefined) throw new Error('a test that is not skipped without Python');
  // A proxy that the environment names is not meant for loopback.
  const env = { ...process.env, NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' };
  return spawn(python, [`${scripts}/${script}`, ...args], { env });
}

/** A client script, running. */
export interface Client {
  /** Rejects with its traceback when the scenario raises. */
  ask(scenario: string, given: object): Promise<Document>;
}

export function startClient(script: string, ends: AsyncDisposableStack): Client {
  const child = startPython(script, []);
  const exited = once(child, 'exit');
  const waiting = new Map<number, (outcome: Document) => void>();
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const outcome = parseDocument(line);
    waiting.get(Number(outcome.at('id')))?.(outcome);
  });
  ends.defer(async () => {
    child.stdin.end();
    await exited;
  });
  let asked = 0;
  return {
    async ask(scenario, given) {
      const id = asked++;
      const answered = new Promise<Document>((resolve) => waiting.set(id, resolve));
      child.stdin.write(`${JSON.stringify({ id, scenario, given })}\n`);
      const ended = exited.then(([code]) => Promise.reject(new Error(`${script} ended with ${code}:\n${log}`)));
      const outcome = await Promise.race([answered, ended]);
      const raised = outcome.at('raised');
      if (raised !== undefined) throw new Error(`${script} ${scenario}: ${raised}`);
      return new Document(outcome.at('result'));
    },
  };
}

export interface Server {
  /** As the server says it. */
  readonly addresses: Document;
  end(): Promise<void>;
}

/** Resolves when it says where it listens. It ends when its stdin does: with this test, whatever becomes of it. */
export async function startServer(
  [script, ...args]: readonly [string, ...string[]],
  ends: AsyncDisposableStack,
): Promise<Server> {
  const child = startPython(script, args);
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const exited = once(child, 'exit');
  const end = async (): Promise<void> => {
    child.stdin.end();
    // One that does not even read its stdin is no longer waited for.
    const late = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
    await exited;
    clearTimeout(late);
  };
  ends.defer(end);
  const addresses = await new Promise<Document>((resolve, reject) => {
    const fail = (what: string): void => reject(new Error(`${script} ${what}:\n${log}`));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{')) resolve(parseDocument(line));
    });
    exited.then(([code]) => fail(`ended with ${code}`), reject);
    setTimeout(() => fail(`is not ready after ${readyWithinMs} ms`), readyWithinMs).unref();
  });
  return { addresses, end };
}
