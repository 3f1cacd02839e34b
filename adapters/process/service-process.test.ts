/** A service's life as its supervisor sees it: signals in; a ready line, an exit code and the order of its stop out. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

const preface = `
  import { runService } from ${JSON.stringify(new URL('service-process.ts', import.meta.url).href)};
  import { createLog } from ${JSON.stringify(new URL('../telemetry/log.ts', import.meta.url).href)};
  const log = createLog('test-service', '0');
  const say = (text) => process.stdout.write(text + '\\n');
  const alive = setInterval(() => undefined, 1000);
`;

interface Service {
  readonly child: ChildProcess;
  /** Resolves when this line has come. */
  said(line: string | RegExp): Promise<void>;
  /** Everything it said until its end, and its exit code. */
  readonly ended: Promise<{ readonly lines: readonly string[]; readonly code: number | null }>;
}

function run(start: string): Service {
  const source = `${preface}\nawait runService('test-service', log, async () => { ${start} });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'ignore'] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const matches = (wanted: string | RegExp): boolean =>
    lines.some((line) => (typeof wanted === 'string' ? line === wanted : wanted.test(line)));
  return {
    child,
    async said(line) {
      while (!matches(line)) await once(reader, 'line');
    },
    ended: once(child, 'close').then(() => ({ lines, code: child.exitCode })),
  };
}

const serving = (stop: string): string =>
  `return { listen: '127.0.0.1:1', async stop(reason) { say('stop ' + reason); ${stop} } };`;
const stops = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('stop'));

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  test(`${signal}: stopped once, exit 0`, async () => {
    const service = run(serving(`say('stopped')`));
    await service.said(/"ready":true/);
    service.child.kill(signal);
    const { lines, code } = await service.ended;
    assert.deepEqual(stops(lines), [`stop ${signal.toLowerCase()}`, 'stopped']);
    assert.equal(code, 0);
  });

test('more signals while it stops: it stops once, to its end, and exits 0', async () => {
  const service = run(
    `const go = new Promise((done) => process.once('SIGUSR2', done)); ${serving(`await go; say('stopped')`)}`,
  );
  await service.said(/"ready":true/);
  service.child.kill('SIGTERM');
  await service.said('stop sigterm');
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGTERM', 'SIGUSR2'] as const) service.child.kill(signal);
  const { lines, code } = await service.ended;
  assert.deepEqual(stops(lines), ['stop sigterm', 'stopped']);
  assert.equal(code, 0);
});

test('a signal during the start: it starts to its end, then stops in order', async () => {
  const service = run(
    `const asked = new Promise((done) => process.once('SIGTERM', () => setImmediate(done)));
     say('starting'); await asked; ${serving('')}`,
  );
  await service.said('starting');
  service.child.kill('SIGTERM');
  const { lines, code } = await service.ended;
  assert.deepEqual(stops(lines), ['stop sigterm']);
  assert.equal(code, 0);
});

test('a start that fails exits 2, a stop that fails exits 1', async () => {
  assert.equal((await run(`throw new Error('no key')`).ended).code, 2);
  const service = run(serving(`throw new Error('disk')`));
  await service.said(/"ready":true/);
  service.child.kill('SIGTERM');
  assert.equal((await service.ended).code, 1);
});

test('a reader that closes the pipe after the ready line does not end the service', async () => {
  const service = run(serving(`say('into nothing'); await new Promise((done) => setTimeout(done, 10))`));
  await service.said(/"ready":true/);
  service.child.stdout?.destroy();
  service.child.kill('SIGTERM');
  await once(service.child, 'exit');
  assert.equal(service.child.exitCode, 0);
});
