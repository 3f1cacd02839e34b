import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeFirstKeys } from '@countersign/adapters/keys/first-keys.ts';
import { createKey } from '@countersign/adapters/keys/key-file.ts';
import type { Check } from './check.ts';
import { checkConfiguration } from './configuration.ts';

/** A port that answers until the test ends. */
async function openPort(t: TestContext): Promise<number> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

async function configured(t: TestContext, rule = 'then: allow'): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-doctor-'));
  t.after(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'policy'));
  const port = await openPort(t);
  writeFileSync(
    join(directory, 'countersign.yaml'),
    `version: 1
issuers: [{ issuer: "http://127.0.0.1:${port}", audience: [models] }]
listeners: { authz: "127.0.0.1:${port}", proc: ["127.0.0.1:0"], console: "127.0.0.1:${port}" }
ledger: { directory: ledger }
keys: { hand_off: hand-off.key, digest: digest.key, payload: payload.json, private: private, ledger: ledger.key }
approvals: { store: approvals.db }
credentials: [{ name: model-key, file: model.key }]
`,
  );
  writeFileSync(
    join(directory, 'policy', 'first.yaml'),
    `version: 1
endpoints:
  - name: chat
    match: { host: "127.0.0.1", path: /v1/chat/completions, methods: [POST] }
    api: openai
    model: { name: small }
    mask: { request: none, response: bank }
    upstream: { credential: model-key }
rules:
  - { name: callers, match: { groups: [callers] }, ${rule} }
`,
  );
  for (const name of ['hand-off', 'digest', 'ledger']) createKey(join(directory, `${name}.key`));
  makeFirstKeys({ payload: join(directory, 'payload.json'), private: join(directory, 'private') });
  writeFileSync(join(directory, 'model.key'), 'not-a-real-key\n', { mode: 0o600 });
  return directory;
}

async function wrongIn(directory: string): Promise<readonly string[]> {
  const checks = await checkConfiguration(directory);
  assert.ok(checks.ok);
  return checks.value.filter((check) => check.state === 'wrong').map(({ about, detail }) => `${about}: ${detail}`);
}

test('a sound configuration has nothing wrong; a port of 0 is not called unreachable', async (t) => {
  const checks = await checkConfiguration(await configured(t));
  assert.ok(checks.ok);
  const states = (state: Check['state']) => checks.value.filter((check) => check.state === state);
  assert.deepEqual(states('wrong'), []);
  assert.deepEqual(
    states('absent').map((check) => check.about),
    ['ledger anchor', 'proc-service'],
  );
  assert.match(states('absent')[0]?.detail ?? '', /not resistant to this host's administrator/);
});

test('a key that others can read, and one that is missing, are wrong', async (t) => {
  const directory = await configured(t);
  chmodSync(join(directory, 'hand-off.key'), 0o644);
  chmodSync(join(directory, 'model.key'), 0o640);
  rmSync(join(directory, 'digest.key'));
  const wrong = await wrongIn(directory);
  assert.equal(wrong.length, 3);
  assert.match(wrong[0] ?? '', /^key handOff: .*mode is 0644/);
  assert.match(wrong[1] ?? '', /^key digest: .*cannot be opened/);
  assert.match(wrong[2] ?? '', /^credential model-key: .*mode 0640/);
});

test('a fault in the policy is told with file, line and column, and does not hide the rest', async (t) => {
  const directory = await configured(t, 'then: alow');
  rmSync(join(directory, 'payload.json'));
  const wrong = await wrongIn(directory);
  assert.match(wrong[0] ?? '', /^policy: .*first\.yaml:10:\d+: /);
  assert.match(wrong[1] ?? '', /^key payload: /);
});

test('the masking key may be missing, unless a profile makes tokens; one that others can read is wrong', async (t) => {
  const directory = await configured(t);
  const policy = join(directory, 'policy', 'first.yaml');
  writeFileSync(policy, `${readFileSync(policy, 'utf8')}mask: { p: { like: bank, actions: { email: tokenize } } }\n`);
  assert.match((await wrongIn(directory)).join(), /^policy: .*first\.yaml:11:\d+: "tokenize" needs a key/);
  mkdirSync(join(directory, 'keys'));
  createKey(join(directory, 'keys/masking.key'));
  assert.deepEqual(await wrongIn(directory), []);
  chmodSync(join(directory, 'keys/masking.key'), 0o644);
  assert.match((await wrongIn(directory)).join(), /key masking: .*mode is 0644/);
});

test('no key is ever printed', async (t) => {
  const directory = await configured(t);
  writeFileSync(join(directory, 'payload.json'), 'TOP-SECRET-TEXT\n', { mode: 0o600 });
  assert.doesNotMatch(JSON.stringify(await checkConfiguration(directory)), /TOP-SECRET-TEXT|not-a-real-key/);
});

test('a folder without a configuration is unreadable, not wrong', async () => {
  const checks = await checkConfiguration('/nonexistent/countersign');
  assert.ok(!checks.ok);
  assert.match(checks.error, /countersign\.yaml does not exist/);
});

test('private halves of payload keys on this host are a warning: whoever owns it can read what was sealed', async (t) => {
  const directory = await configured(t);
  const warnings = async (): Promise<readonly string[]> => {
    const checks = await checkConfiguration(directory);
    assert.ok(checks.ok);
    return checks.value
      .filter(({ about, state }) => about === 'key private' && state === 'warning')
      .map(({ detail }) => detail);
  };
  assert.match((await warnings()).join(), /private: the private halves of payload keys are on this host/);
  rmSync(join(directory, 'private'), { recursive: true });
  assert.deepEqual(await warnings(), []);
});
