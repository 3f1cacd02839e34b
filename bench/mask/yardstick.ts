/** The yardstick as a process that answers one command after the other. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { buildYardstick } from './build-yardstick.ts';

export interface Pass {
  /** One search through the whole text. */
  readonly ms: number;
  readonly matches: number;
}

export class Yardstick {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout });
  }

  /** @param alternation what it searches for, RE2 syntax */
  static async start(alternation: string): Promise<Yardstick> {
    const child = spawn(await buildYardstick(), [], { stdio: 'pipe' });
    const yardstick = new Yardstick(child);
    await yardstick.#ok('pattern', new TextEncoder().encode(alternation));
    return yardstick;
  }

  async load(text: Uint8Array): Promise<void> {
    await this.#ok('text', text);
  }

  async run(milliseconds: number): Promise<Pass> {
    this.#child.stdin.write(`run ${milliseconds}\n`);
    const [ms, matches] = (await this.#answer()).split(' ').map(Number);
    return { ms: ms ?? Number.NaN, matches: matches ?? Number.NaN };
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }

  async #ok(command: string, bytes: Uint8Array): Promise<void> {
    this.#child.stdin.write(`${command} ${bytes.length}\n`);
    this.#child.stdin.write(bytes);
    const answer = await this.#answer();
    if (answer !== 'ok') throw new Error(`the yardstick says: ${answer}`);
  }

  async #answer(): Promise<string> {
    const [line]: unknown[] = await once(this.#lines, 'line');
    return String(line);
  }
}
