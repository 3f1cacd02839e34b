import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isObject } from './model/json.ts';

/** What another process of the same user has to know about a running demo. No token, no key. */
export interface RunningDemo {
  readonly pid: number;
  readonly startedAtMs: number;
  readonly issuer: string;
  readonly proxy: string;
  readonly console: string;
  readonly directory: string;
}

/** Tells other processes of this user about the demo; the returned function takes it back. */
export function announce(demo: RunningDemo, folder: string = ownFolder()): () => void {
  for (const { path, demo: other } of recorded(folder)) if (!isAlive(other.pid)) rmSync(path, { force: true });
  const path = join(folder, `${demo.pid}.json`);
  writeFileSync(path, JSON.stringify(demo), { mode: 0o600 });
  chmodSync(path, 0o600); // a file of an earlier process with this id keeps its mode
  return () => rmSync(path, { force: true });
}

/** The newest demo that still runs. */
export function findRunning(folder: string = ownFolder()): RunningDemo | undefined {
  const demos = recorded(folder).map(({ demo }) => demo);
  return demos.filter(({ pid }) => isAlive(pid)).sort((a, b) => b.startedAtMs - a.startedAtMs)[0];
}

function recorded(folder: string): readonly { readonly path: string; readonly demo: RunningDemo }[] {
  return readdirSync(folder)
    .filter((name) => /^\d+\.json$/.test(name))
    .flatMap((name) => {
      const path = join(folder, name);
      const demo = parse(path);
      return demo === undefined ? [] : [{ path, demo }];
    });
}

/** A folder in a place where anybody may write: it has to be ours, and for us only, or it is not believed. */
function ownFolder(): string {
  const uid = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `countersign-demo-${uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw new Error(`${folder} is not a folder of this user alone: remove it`);
  }
  return folder;
}

function parse(path: string): RunningDemo | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { pid, startedAtMs, issuer, proxy, console, directory } = value;
  if (typeof pid !== 'number' || typeof startedAtMs !== 'number' || typeof issuer !== 'string') return undefined;
  if (typeof proxy !== 'string' || typeof console !== 'string' || typeof directory !== 'string') return undefined;
  return { pid, startedAtMs, issuer, proxy, console, directory };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
