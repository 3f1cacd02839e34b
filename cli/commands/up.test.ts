/** `up` as a user starts it, in front of a model server and behind an identity provider that are not its own. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type IdentityProvider, startIdentityProvider } from '@countersign/demo/identity-provider.ts';
import { login } from '@countersign/demo/login.ts';
import { closeServer, listenOnLoopback } from '@countersign/demo/loopback-server.ts';
import { envoyPath } from '../../setup/paths.mjs';
import { objectAt } from '../up/json.ts';

const skip = envoyPath() === undefined ? 'Envoy is not installed: npm run setup' : false;
const main = fileURLToPath(new URL('../main.ts', import.meta.url));

let directory: string;
let provider: IdentityProvider;
let model: Server;
let upstream: string;
before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'countersign-up-'));
  provider = await startIdentityProvider();
  model = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    const content = 'The SSN is 536-22-8841.';
    const message = { choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }] };
    response.end(JSON.stringify(request.url === '/v1/models' ? { data: [{ id: 'tiny' }] } : message));
  });
  upstream = await listenOnLoopback(model, 0);
});
after(async () => {
  await provider.close();
  await closeServer(model);
  rmSync(directory, { recursive: true, force: true });
});

interface Running {
  readonly process: ChildProcess;
  readonly proxy: string;
}

async function up(...args: readonly string[]): Promise<Running> {
  const child = spawn(process.execPath, [main, 'up', '--json', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { process: child, proxy: String(objectAt(JSON.parse(String(line)))['proxy']) };
}

async function ask(proxy: string, name: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`${proxy}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await login(provider.issuer, name)}` },
    body: JSON.stringify({ model: 'tiny', messages: [{ role: 'user', content: 'Hello' }] }),
  });
  return { status: response.status, body: await response.text() };
}

async function end({ process: child }: Running): Promise<void> {
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
}

test('one command in an empty folder: the own model, masked, for the named group and nobody else', {
  skip,
}, async () => {
  const config = join(directory, 'fresh');
  const starter = ['--issuer', provider.issuer, '--audience', provider.audience, '--group', 'credit-analysts'];
  const running = await up('--config', config, '--upstream', upstream, ...starter);
  const allowed = await ask(running.proxy, 'ana');
  assert.equal(allowed.status, 200);
  assert.match(allowed.body, /The SSN is \*\*\*-\*\*-\*\*\*\*\./);
  assert.equal((await ask(running.proxy, 'tom')).status, 403);
  await end(running);

  await test('the second start takes the configuration as it is', async () => {
    const again = await up('--config', config, '--upstream', upstream);
    assert.equal((await ask(again.proxy, 'ana')).status, 200);
    await end(again);
  });

  await test('an issuer for a folder that has one already is refused, exit 2', async () => {
    const late = refused('--config', config, '--upstream', upstream, ...starter);
    await assert.rejects(late, { code: 2, stderr: /names its issuers already/ });
  });

  await test('a wrong policy is refused at its line and column, exit 2, before anything starts', async () => {
    appendFileSync(join(config, 'policy', 'first.yaml'), '  - { name: more, match: { endpont: chat }, then: allow }\n');
    await assert.rejects(refused('--config', config, '--upstream', upstream), {
      code: 2,
      stderr: /first\.yaml:\d+:\d+: .*endpont/,
    });
  });
});

const refused = (...args: readonly string[]): Promise<unknown> =>
  promisify(execFile)(process.execPath, [main, 'up', ...args]);

for (const [name, args, message] of [
  ['no upstream', ['--config', '/nonexistent'], /--upstream URL is missing/],
  [
    'no configuration and no issuer',
    ['--config', '/nonexistent', '--upstream', 'http://127.0.0.1:1'],
    /does not exist/,
  ],
  ['an impossible port', ['--port', '70000'], /a port is a number/],
] as const) {
  test(`${name} is wrong usage, exit 2`, async () => {
    await assert.rejects(refused(...args), { code: 2, stderr: message });
  });
}
