import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { backOffMs, type Child, type ChildSpec, startChild } from './child.ts';
import { startWarden, type Warden } from './warden-link.ts';

let logs: string;
let warden: Warden;
before(() => {
  logs = mkdtempSync(join(tmpdir(), 'countersign-child-'));
  warden = startWarden(500);
});
after(() => {
  warden.release();
  rmSync(logs, { recursive: true });
});

const script = (name: string, source: string): ChildSpec => ({
  name,
  program: () => ({ file: process.execPath, args: ['-e', source] }),
  ready: async (running) => void (await running.line((line) => (line === 'up' ? line : undefined))),
});
const serving = 'console.log("up"); setInterval(() => {}, 1000);';

function start(spec: ChildSpec): Promise<{ child: Child; said: string[]; again: () => Promise<void> }> {
  const said: string[] = [];
  let wake = (): void => undefined;
  const again = (): Promise<void> => {
    if (said.some((line) => line.endsWith('serves again'))) return Promise.resolve();
    return new Promise((resolve) => {
      wake = resolve;
    });
  };
  const tell = (line: string): void => {
    said.push(line);
    if (line.endsWith('serves again')) wake();
  };
  return startChild(spec, { logs, warden, tell }).then((child) => ({ child, said, again }));
}

test('a child that is killed is started again, and its user is told where the log is', async () => {
  const { child, said, again } = await start(script('killed', serving));
  const first = child.pid() ?? 0;
  process.kill(first, 'SIGKILL');
  await again();
  assert.notEqual(child.pid(), first);
  assert.match(said[0] ?? '', /killed ended \(SIGKILL\), starting it again in 200 ms; its log: .*killed\.log/);
  await child.stop(1000);
});

test('a child that cannot start rejects with the end of its log, and leaves no process behind', async () => {
  const spec = script('broken', 'console.error("ERR_KEY_FILE: keys/digest.key is missing"); process.exit(3)');
  await assert.rejects(start(spec), /did not start: exit code 3[\s\S]*broken\.log[\s\S]*keys\/digest\.key is missing/);
});

test('a program that does not exist rejects', async () => {
  const spec: ChildSpec = { ...script('absent', ''), program: () => ({ file: '/nonexistent/envoy', args: [] }) };
  await assert.rejects(start(spec), /ENOENT/);
});

test('stop lets a child finish what it does on SIGTERM', async () => {
  const { child } = await start(
    script('polite', `process.on("SIGTERM", () => { console.log("ledger closed"); process.exit(0); }); ${serving}`),
  );
  await child.stop(5000);
  assert.equal(child.pid(), undefined);
  assert.match(readFileSync(child.log, 'utf8'), /ledger closed/);
});

test('a child that ignores SIGTERM is killed after the grace', async () => {
  const { child } = await start(script('stubborn', `process.on("SIGTERM", () => {}); ${serving}`));
  const pid = child.pid() ?? 0;
  await child.stop(50);
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

test('stop while a child waits for its next start leaves it stopped', async () => {
  const { child } = await start(script('flapping', serving));
  process.kill(child.pid() ?? 0, 'SIGKILL');
  await child.stop(1000);
  assert.equal(child.pid(), undefined);
});

test('logs are for their owner only', async () => {
  const { child } = await start(script('private', serving));
  assert.equal(statSync(child.log).mode & 0o777, 0o600);
  await child.stop(1000);
});

test('restarts are quick at first and never more than ten seconds apart', () => {
  assert.deepEqual([0, 1, 2, 3].map(backOffMs), [200, 400, 800, 1600]);
  assert.equal(backOffMs(1000), 10_000);
});

test('children end when their supervisor is killed with SIGKILL', async () => {
  const path = fileURLToPath(new URL('testing/supervisor-that-dies.ts', import.meta.url));
  const supervisor = spawn(process.execPath, [path, logs], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: supervisor.stdout }), 'line');
  const orphan = Number(line);
  assert.equal(process.kill(orphan, 0), true);
  supervisor.kill('SIGKILL');
  await once(supervisor, 'exit');
  await until(() => !alive(orphan));
});

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(20);
}
