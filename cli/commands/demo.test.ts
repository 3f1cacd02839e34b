/** The demo as a user starts it: a process, a real Envoy, real services. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { envoyPath } from '../../setup/paths.mjs';
import { arrayAt, objectAt } from '../up/json.ts';

const skip = envoyPath() === undefined ? 'Envoy is not installed: npm run setup' : false;
const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const countersign = (...args: readonly string[]): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)(process.execPath, [main, ...args]);

test('demo --once plays the whole story, finds every step as it should be, and leaves nothing behind', {
  skip,
}, async () => {
  const { stdout, stderr } = await countersign('demo', '--once', '--json');
  const answer: unknown = JSON.parse(stdout);
  const failed = arrayAt(answer, 'steps').filter((step) => objectAt(step)['ok'] !== true);
  assert.deepEqual(failed, []);
  assert.equal(objectAt(answer)['ok'], true);
  const logs = /logs: (\S+)/.exec(stderr)?.[1] ?? '';
  assert.notEqual(logs, '');
  assert.equal(existsSync(logs), false);
});

test('a running demo gives tokens, and a token calls; SIGTERM ends it in order', { skip }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-demo-test-'));
  const demo = spawn(process.execPath, [main, 'demo', '--json', '--processes', '1', '--keep', directory], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [line] = await once(createInterface({ input: demo.stdout }), 'line');
    const ready: unknown = JSON.parse(String(line));
    const { proxy, issuer, ledger } = objectAt(ready);
    assert.deepEqual(Object.keys(objectAt(ready, 'tokens')), ['ana', 'rex', 'mia', 'tom']);
    const token = (await countersign('demo', 'token', 'ana', '--issuer', String(issuer))).stdout.trim();
    const answer = await fetch(`${proxy}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ model: 'bank-assistant', messages: [{ role: 'user', content: 'Hello' }] }),
    });
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /\*\*\*-\*\*-\*\*\*\*/);
    demo.kill('SIGTERM');
    const [code] = await once(demo, 'exit');
    assert.equal(code, 0);
    const verified: unknown = JSON.parse((await countersign('ledger', 'verify', String(ledger), '--json')).stdout);
    assert.deepEqual(
      arrayAt(verified, 'ledgers').map((one) => objectAt(one)['end']),
      ['closed', 'closed', 'closed'],
    );
  } finally {
    demo.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
});

test('a demo that is killed takes its Envoy and its services with it', { skip }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-demo-test-'));
  const demo = spawn(process.execPath, [main, 'demo', '--json', '--processes', '1', '--keep', directory], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await once(createInterface({ input: demo.stdout }), 'line');
  const { proxy, console: web } = objectAt(JSON.parse(String(line)));
  demo.kill('SIGKILL');
  for (const url of [`${proxy}/`, `${web}/healthz`]) while (await answers(url)) await pause(50);
  rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

test('a token of nobody is refused with exit 1 and a sentence', { skip: false }, async () => {
  await assert.rejects(countersign('demo', 'token', 'ana', '--issuer', 'http://idp.demo.invalid'), {
    code: 1,
    stderr: /127\.0\.0\.1 only/,
  });
});

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).text();
    return true;
  } catch {
    return false;
  }
}
