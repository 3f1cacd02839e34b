import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';

const at = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);

/** A launcher like bin/countersign.mjs, whose child runs `source`. */
const launcher = (source: string) => `
  import { endWithParent } from ${at('lifeline.mjs')};
  import { relay } from ${at('relay.mjs')};
  endWithParent();
  process.exitCode = await relay(process.execPath, ['--eval', ${JSON.stringify(source)}]);`;

/** Says that it is there, and how it was asked to end. */
const waitsForSignal = `
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => { console.log(name); process.exit(7); });
  console.log('pid ' + process.pid);
  setInterval(() => {}, 1000);`;

function start(
  t: TestContext,
  source: string,
): { readonly child: ChildProcess; readonly lines: AsyncIterator<string> } {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  assert.ok(child.stdout);
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

test('the exit code of the child is the exit code of the launcher', async (t) => {
  const { child } = start(t, launcher('process.exit(14)'));
  assert.deepEqual(await once(child, 'exit'), [14, null]);
});

test('a child that a signal ended gives 128 and the number of the signal', async (t) => {
  const { child } = start(t, launcher("process.kill(process.pid, 'SIGKILL')"));
  assert.deepEqual(await once(child, 'exit'), [137, null]);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} to the launcher reaches the child, and the launcher waits for its end`, async (t) => {
    const { child, lines } = start(t, launcher(waitsForSignal));
    assert.match((await lines.next()).value, /^pid \d+$/);
    const exited = once(child, 'exit');
    child.kill(signal);
    assert.equal((await lines.next()).value, signal);
    assert.deepEqual(await exited, [7, null]);
  });
}

test('when whoever started the launcher is killed, as npx is, the child is asked to end', async (t) => {
  const npx = `
    import { spawn } from 'node:child_process';
    spawn(process.execPath, ['--input-type=module', '--eval', ${JSON.stringify(launcher(waitsForSignal))}], { stdio: 'inherit' });`;
  const { child, lines } = start(t, npx);
  const { value } = await lines.next();
  const pid = Number(String(value).replace('pid ', ''));
  t.after(() => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, as it should.
    }
  });
  child.kill('SIGKILL');
  assert.equal((await lines.next()).value, 'SIGTERM');
});
