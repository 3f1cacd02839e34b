import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startIdentityProvider } from './test/identity-provider.ts';
import { type Stage, setStage } from './test/stage.ts';

/** `countersign approval …` as a person types it, against a real console. */
const program = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
let stage: Stage;
const people = new Map<string, string>();

before(async () => {
  stage = await setStage();
  for (const [name, groups] of Object.entries({ ana: ['model-risk'], rex: ['model-risk'], kim: ['other'] })) {
    people.set(name, tokenFile(name, `${await stage.provider.token(name, groups)}\n`));
  }
});
after(() => stage.stop());

function tokenFile(name: string, content: string): string {
  const path = join(stage.folder.path, `${name}.token`);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], input = ''): Promise<Run> {
  const child = spawn(process.execPath, [program, 'approval', ...args], { stdio: 'pipe' });
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}
const as = (name: string, ...args: readonly string[]) =>
  run([...args, '--url', stage.console.url, '--token-file', people.get(name) ?? '']);
const reason = ['--reason', 'Quarterly review'];

test('list, show and approve', async () => {
  const approval = stage.hold();
  const listed = await as('rex', 'list');
  assert.equal(listed.code, 0);
  assert.match(listed.stdout, new RegExp(`${approval.id}  requested  ana  .*yours to decide until`));
  const shown = await as('rex', 'show', approval.id);
  assert.match(
    shown.stdout,
    /requester +ana .*client cli\)\n[\s\S]*facts +rows=101\n[\s\S]*request \(masked\):\n\{"rows": 101\}/,
  );
  const approved = await as('rex', 'approve', approval.id, ...reason, '--json');
  assert.equal(approved.code, 0, approved.stderr);
  assert.equal(JSON.parse(approved.stdout).state, 'approved');
  assert.equal(stage.standing(approval).state, 'approved');
  assert.equal(
    JSON.parse((await as('rex', 'list', '--state', 'approved', '--json')).stdout).approvals[0].id,
    approval.id,
  );
});

test('deny', async () => {
  const approval = stage.hold();
  assert.equal((await as('rex', 'deny', approval.id, ...reason)).code, 0);
  assert.equal(stage.standing(approval).state, 'denied');
});

test('a token from stdin', async () => {
  const approval = stage.hold();
  const token = await stage.provider.token('rex', ['model-risk']);
  const approved = await run(
    ['approve', approval.id, ...reason, '--url', stage.console.url, '--token-file', '-'],
    `${token}\n`,
  );
  assert.equal(approved.code, 0, approved.stderr);
});

test('the console is found in the configuration', async () => {
  // The test's configuration names a port where nobody listens: reached for, and said.
  const listed = await run(['list', '--config', stage.folder.path, '--token-file', people.get('rex') ?? '']);
  assert.equal(listed.code, 2);
  assert.match(listed.stderr, /^http:\/\/127\.0\.0\.1:1 cannot be reached: .*\n$/);
});

test('each refusal is one clear line and exit code 1', async () => {
  const expired = stage.hold({}, Date.now() - 31 * 60_000);
  const open = stage.hold();
  const [self, stranger, unknown, late, terse] = await Promise.all([
    as('ana', 'approve', open.id, ...reason),
    as('kim', 'approve', open.id, ...reason),
    as('rex', 'show', '01JHMZ00000000000000000000'),
    as('rex', 'approve', expired.id, ...reason),
    as('rex', 'approve', open.id, '--reason', 'ok'),
  ]);
  for (const { code, stdout } of [self, stranger, unknown, late, terse]) assert.deepEqual([code, stdout], [1, '']);
  assert.match(self.stderr, /^Nobody decides about a request of their own .*; ask a colleague.*\n$/);
  assert.match(stranger.stderr, /^There is no such approval, or it is not yours to see \(ERR_APPROVAL_UNKNOWN\)\n$/);
  assert.equal(unknown.stderr, stranger.stderr);
  assert.match(late.stderr, /^The approval is no longer open \(ERR_APPROVAL_NOT_OPEN: state expired\); .*\n$/);
  assert.match(terse.stderr, /^A reason of 3 to 1000 readable characters .*\n$/);
  assert.equal(stage.standing(open).state, 'requested');
  const machine = await as('ana', 'approve', open.id, ...reason, '--json');
  assert.equal(machine.code, 1);
  assert.equal(JSON.parse(machine.stdout).code, 'ERR_APPROVAL_SELF');
});

test('wrong usage, a bad token and an unreachable console are exit code 2', async () => {
  const approval = stage.hold();
  const approve = ['approve', approval.id];
  const rex = people.get('rex') ?? '';
  const other = await startIdentityProvider();
  const foreign = tokenFile('foreign', await other.token('rex', ['model-risk']));
  other.stop();
  const wrong = [
    [/--reason/, [...approve, '--url', stage.console.url, '--token-file', rex]],
    [/--token-file/, [...approve, ...reason, '--url', stage.console.url]],
    [/where is the console/, [...approve, ...reason, '--token-file', rex]],
    [/cannot be used with/, ['list', '--token-file', rex, '--url', stage.console.url, '--config', stage.folder.path]],
    [/not an approval's id/, ['approve', '../healthz', ...reason, '--url', stage.console.url, '--token-file', rex]],
    [/is empty/, ['list', '--url', stage.console.url, '--token-file', tokenFile('empty', ' \n')]],
    [/does not hold one token/, ['list', '--url', stage.console.url, '--token-file', tokenFile('two', 'one two')]],
    [/cannot be read/, ['list', '--url', stage.console.url, '--token-file', join(stage.folder.path, 'missing')]],
    [/does not accept this token/, ['list', '--url', stage.console.url, '--token-file', foreign]],
    [/https URL is needed/, ['list', '--url', 'http://console.bank.test', '--token-file', rex]],
    [/Allowed choices/, ['list', '--state', 'open', '--url', stage.console.url, '--token-file', rex]],
    [/cannot be reached/, ['list', '--url', 'http://127.0.0.1:1', '--token-file', rex]],
  ] as const;
  const runs = await Promise.all(wrong.map(([, args]) => run(args)));
  for (const [index, { code, stderr }] of runs.entries()) {
    assert.match(stderr, wrong[index]?.[0] ?? /never/);
    assert.equal(code, 2, stderr);
  }
  assert.equal(stage.standing(approval).state, 'requested');
});

test('the token goes nowhere else: a redirect is not followed, and another server is not taken for a console', async () => {
  const seen: (string | undefined)[] = [];
  const elsewhere = createServer((request, response) => {
    seen.push(request.url);
    if (request.url === '/stolen') response.end('{}');
    else if (request.url?.startsWith('/page/')) response.end('<html>');
    else response.writeHead(302, { location: '/stolen' }).end();
  });
  elsewhere.listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const address = elsewhere.address();
  assert.ok(address !== null && typeof address === 'object');
  const list = (path: string) =>
    run(['list', '--url', `http://127.0.0.1:${address.port}${path}`, '--token-file', people.get('rex') ?? '']);
  const [redirected, page] = [await list(''), await list('/page')];
  elsewhere.close();
  assert.deepEqual([redirected.code, page.code], [2, 2]);
  assert.match(page.stderr, /does not answer like a console/);
  assert.ok(!seen.includes('/stolen'));
});

test('what others wrote cannot drive the terminal', async () => {
  const approval = stage.hold({
    because: 'fine\u001b[2J\nstate  approved',
    preview: { text: 'a\u001b]0;x\u0007\nb', truncated: true },
  });
  const { stdout } = await as('rex', 'show', approval.id);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that they are absent is the point
  assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  assert.match(stdout, /because +fine\ufffd\[2J state {2}approved\n/);
  assert.match(stdout, /request \(masked, cut\):\na\ufffd\]0;x\ufffd\nb\n$/);
});
