/** Every line that a running demo prints to copy is run here, in a shell, as it stands. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { envoyPath } from '../../setup/paths.mjs';

const skip = missing() ?? false;
const main = fileURLToPath(new URL('../main.ts', import.meta.url));
// What `npx countersign` comes down to once everything is set up.
const npx = `npx() { shift; '${process.execPath}' '${main}' "$@"; }`;

let demo: ChildProcess | undefined;
const commands: string[] = [];
before(async () => {
  if (skip !== false) return;
  const child = spawn(process.execPath, [main, 'demo'], { stdio: ['ignore', 'pipe', 'ignore'] });
  demo = child;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('  ')) commands.push(line.trim());
    if (line.includes('ledger verify')) break;
  }
});
after(async () => {
  if (demo === undefined) return;
  demo.kill('SIGTERM');
  if (demo.exitCode === null) await once(demo, 'exit');
});

function missing(): string | undefined {
  if (envoyPath() === undefined) return 'Envoy is not installed: npm run setup';
  return spawnSync('curl', ['--version']).status === 0 ? undefined : 'curl is not installed: apt install curl';
}

async function run(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-c', `${npx}; ${command}`], { maxBuffer: 1 << 24 });
  return stdout;
}
const only = (pattern: RegExp): readonly string[] => commands.filter((command) => pattern.test(command));

test('the chat lines stream a masked answer', { skip }, async () => {
  const [plain = '', gzipped = ''] = only(/token ana.*spell/);
  for (const command of [plain, gzipped]) {
    const stream = await run(command);
    assert.match(stream, /data: \[DONE\]\s*$/);
    assert.doesNotMatch(stream, /536-22-8841|4111/);
  }
});

test('the refused lines are refused', { skip }, async () => {
  const refused = [...only(/token tom/), ...only(/-i -d/), ...only(/50001-rows/)];
  const statuses = await Promise.all(refused.map(async (command) => (await run(command)).split('\r\n', 1)[0]));
  assert.deepEqual(
    statuses.map((line) => line?.split(' ')[1]),
    ['403', '401', '403'],
  );
});

test('3 rows are answered; 500 wait until rex approves them as the lines say', { skip }, async () => {
  const [three = ''] = only(/\/3-rows/);
  assert.match(await run(three), /default_probability/);
  const [bulk = '', signIn = '', list = '', approve = ''] = [
    /500-rows/,
    /token rex/,
    /approval list/,
    /approval approve/,
  ]
    .map(only)
    .map(([first]) => first);
  const answer = run(bulk);
  await run(signIn);
  let id: string | undefined;
  while (id === undefined) {
    id = /\b[0-9A-HJKMNP-TV-Z]{26}\b/.exec(await run(list))?.[0];
    if (id === undefined) await pause(100);
  }
  await run(approve.replace(' ID ', ` ${id} `));
  assert.match(await answer, /default_probability/);
});

test('the record is shown, and verifies', { skip }, async () => {
  const [list = '', show = '', verify = ''] = [/session list/, /session show/, /ledger verify/]
    .map(only)
    .map(([first]) => first);
  const id = /\b[0-9A-HJKMNP-TV-Z]{26}\b/.exec(await run(list))?.[0] ?? '';
  assert.match(await run(show.replace(' ID ', ` ${id} `)), new RegExp(id));
  assert.match(await run(verify), /consistent/);
});
