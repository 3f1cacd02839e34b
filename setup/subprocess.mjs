/**
 * The tools that set-up runs (npm, pip, make, mvn). Each is the head of a process group of its own, so that ending set-up ends
 * make's compilers too, and each writes to a log file instead of the terminal.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { SetupFailure } from './failure.mjs';

const endingSignals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
const tailLines = 12;

/** Ids of the process groups that run now. @type {Set<number>} */
const running = new Set();

/** @param {NodeJS.Signals} signal */
function endAll(signal) {
  for (const group of running) endGroup(group, signal);
  process.exit(128 + constants.signals[signal]);
}

/** @param {number} group @param {NodeJS.Signals} signal */
function endGroup(group, signal) {
  try {
    process.kill(-group, signal);
  } catch {
    // ESRCH: it ended by itself.
  }
}

/** @param {number} group */
function enter(group) {
  if (running.size === 0) for (const signal of endingSignals) process.on(signal, endAll);
  running.add(group);
}

/** @param {number} group */
function leave(group) {
  running.delete(group);
  if (running.size === 0) for (const signal of endingSignals) process.off(signal, endAll);
}

/**
 * Runs one tool to its end, output into `log`.
 * @param {readonly [string, ...string[]]} command
 * @param {{ readonly what: string, readonly advice: string, readonly log: string, readonly cwd?: string, readonly env?: NodeJS.ProcessEnv }} options
 *   `what`: the sentence to fail with
 * @returns {Promise<void>} rejects with SetupFailure when the tool is missing or exits with anything but 0
 */
export async function run([program, ...args], { what, advice, log, cwd, env }) {
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'w');
  try {
    await new Promise((resolve, reject) => {
      const fail = (/** @type {string} */ why) =>
        reject(new SetupFailure(`${what} (${why})`, { advice, log, tail: tailOf(log) }));
      const child = spawn(program, args, {
        stdio: ['ignore', output, output],
        detached: true,
        cwd,
        env: { ...process.env, ...env },
      });
      const { pid } = child;
      if (pid !== undefined) enter(pid);
      child.once('error', (error) => fail(error.message));
      child.once('close', (code, signal) => {
        if (pid !== undefined) leave(pid);
        if (code === 0) resolve(undefined);
        else fail(signal ? `ended by ${signal}` : `exit code ${code}`);
      });
    });
  } finally {
    closeSync(output);
  }
}

/** Ends what still runs; used when one step failed and the others are now in vain. */
export function abandonAll() {
  for (const group of running) endGroup(group, 'SIGTERM');
}

/** The first lines a tool prints (both outputs), or undefined when it is not there or fails. @param {readonly [string, ...string[]]} command */
export function answerOf([program, ...args]) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 });
  return status === 0 ? `${stdout}${stderr}`.trim() : undefined;
}

/** @param {string} log */
function tailOf(log) {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-tailLines).join('\n');
}
