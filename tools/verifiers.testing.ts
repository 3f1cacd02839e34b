/** Both verifiers, asked the same: the one of `countersign ledger verify`, and tools/verify.py. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openAnchorFolder } from '@countersign/adapters/anchor/folder-reader.ts';
import { systemHash } from '@countersign/adapters/process/system.ts';
import { bundleSources } from '@countersign/adapters/sqlite/bundle-sources.ts';
import { auditSources } from '@countersign/adapters/sqlite/ledger-audit.ts';
import { directorySources } from '@countersign/adapters/sqlite/ledger-sources.ts';
import { formatNoteKey, type NoteKey } from '@countersign/core/ledger/notes/note.ts';
import { verifierPythonPath } from '../setup/paths.mjs';

const script = fileURLToPath(new URL('verify.py', import.meta.url));
export const python = verifierPythonPath();

export const skipWithoutPython =
  python === undefined
    ? 'no Python with the package `cryptography`: npm test installs it where python3 has pip and venv (apt-get install -y python3-cryptography)'
    : false;

export interface Asked {
  readonly directory: string;
  readonly pinned?: readonly NoteKey[];
  readonly anchor?: string;
}

export interface Answer {
  readonly exitCode: number;
  /** Sorted, each once. */
  readonly reasons: readonly string[];
}

const reasonsOf = (findings: readonly { readonly reason: string }[]): readonly string[] =>
  [...new Set(findings.map(({ reason }) => reason))].toSorted();

/** @param directory or a bundle */
export function askFirst({ directory, pinned = [], anchor }: Asked): Answer {
  const trust = { pinned, anchor: anchor === undefined ? undefined : openAnchorFolder(anchor) };
  const sources = statSync(directory).isDirectory() ? directorySources(directory) : bundleSources(directory);
  const { exitCode, findings } = auditSources(sources, () => undefined, trust);
  return { exitCode, reasons: reasonsOf(findings) };
}

const linesOf = (keys: readonly NoteKey[]): readonly string[] => keys.map((key) => formatNoteKey(systemHash, key));

/** The second one in a process that stays: starting Python costs more than most questions. */
export class SecondVerifier {
  readonly #child;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    assert.ok(python !== undefined);
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    this.#child = spawn(python, ['-B', '-m', 'verifier.ask'], { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** One at a time. */
  async ask({ directory: path, pinned = [], anchor = '' }: Asked): Promise<Answer> {
    return this.#answer({ path, keys: linesOf(pinned), anchor });
  }

  /** Its reasons come with their details. */
  async askPack(pack: string, pinned: readonly NoteKey[]): Promise<Answer> {
    return this.#answer({ pack, keys: linesOf(pinned) });
  }

  async #answer(question: object): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.#answers.next();
    assert.ok(done !== true, 'it ended');
    return JSON.parse(value);
  }

  close(): void {
    this.#child.stdin.end();
  }
}

/** By the program itself. @param path a directory or a bundle */
export function askSecond({ directory: path, pinned = [], anchor }: Asked): Answer {
  assert.ok(python !== undefined);
  const keys = pinned.flatMap((key) => ['--key', formatNoteKey(systemHash, key)]);
  const args = ['-B', script, path, '--json', ...keys, ...(anchor === undefined ? [] : ['--anchor', anchor])];
  const { status, stdout, stderr } = spawnSync(python, args, { encoding: 'utf8' });
  assert.equal(stderr, '');
  const { exit_code: exitCode, findings } = JSON.parse(stdout);
  assert.equal(status, exitCode);
  return { exitCode, reasons: reasonsOf(findings) };
}

/** A few lines beside its modules. @returns what they print */
export function runPython(lines: string, ...args: readonly string[]): string {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const { stdout, stderr } = spawnSync(python ?? '', ['-B', '-c', lines, ...args], { cwd, encoding: 'utf8' });
  assert.equal(stderr, '');
  return stdout;
}
