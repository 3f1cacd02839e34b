import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { createKey } from '../keys/key-file.ts';
import { createPolicyPorts } from '../process/policy-ports.ts';
import { systemClock } from '../process/system.ts';
import { openConfigDirectory, type PolicyChange, type PolicySource } from './config-directory.ts';

const shared = { clock: systemClock, policyPorts: createPolicyPorts(), log: pino({ level: 'silent' }) };
const configuration = 'issuers: [{ issuer: "https://idp.bank.test", audience: inference }]\n';
const policy = (rule: string) => `version: 1
endpoints:
  - name: scoring
    match: { host: scoring.bank.test, path: "/v2/models/*/infer" }
    api: open-inference-v2
    model: { name: "{path[2]}" }
rules:
  - { name: ${rule}, match: {}, then: allow }
`;

let directory: string;
let source: PolicySource | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'countersign-config-'));
  await writeFile(join(directory, 'countersign.yaml'), configuration);
});
afterEach(async () => {
  source?.close();
  source = undefined;
  await rm(directory, { recursive: true });
});

/** `policy/` as the kubelet makes it: files are links into `..data`, which is a link to a dated folder. */
async function mountConfigMap(version: string, files: Readonly<Record<string, string>>): Promise<void> {
  const mount = join(directory, 'policy');
  await mkdir(join(mount, `..${version}`), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(mount, `..${version}`, name), text);
    await symlink(join('..data', name), join(mount, name)).catch(() => undefined);
  }
  await symlink(`..${version}`, join(mount, '..data_tmp'));
  await rename(join(mount, '..data_tmp'), join(mount, '..data'));
}

async function open(pollMs = 600_000): Promise<{ readonly opened: PolicySource; next(): Promise<PolicyChange> }> {
  const result = await openConfigDirectory(directory, { ...shared, pollMs });
  if (!result.ok) assert.fail(JSON.stringify(result.error));
  source = result.value;
  const waiting: ((event: PolicyChange) => void)[] = [];
  result.value.onChange((event) => waiting.shift()?.(event));
  return { opened: result.value, next: () => new Promise((wake) => waiting.push(wake)) };
}
const firstRule = (from: PolicySource) => from.current().rules[0]?.name;

describe('a configuration directory', () => {
  it('follows every swap of a ConfigMap, not only the first', async () => {
    await mountConfigMap('v1', { 'a.yaml': policy('one') });
    const { opened, next } = await open();
    assert.equal(firstRule(opened), 'one');
    for (const [version, rule] of [
      ['v2', 'two'],
      ['v3', 'three'],
      ['v4', 'four'],
    ] as const) {
      const change = next();
      await mountConfigMap(version, { 'a.yaml': policy(rule) });
      assert.equal((await change).kind, 'loaded');
      assert.equal(firstRule(opened), rule);
    }
  });

  it('keeps the last good policy when a change is wrong, and says every fault', async () => {
    await mountConfigMap('v1', { 'a.yaml': policy('one') });
    const { opened, next } = await open();
    const { revision } = opened.current();
    const change = next();
    await mountConfigMap('v2', {
      'a.yaml': policy('two').replace('match: {}', 'match: {}, whn: x').replace('allow', 'alow'),
    });
    const event = await change;
    assert.equal(event.kind === 'rejected' && event.diagnostics.length, 2);
    assert.equal(opened.current().revision, revision);
    const repaired = next();
    await mountConfigMap('v3', { 'a.yaml': policy('three') });
    assert.equal((await repaired).kind, 'loaded');
    assert.equal(firstRule(opened), 'three');
  });

  it('keeps the last good policy when all files vanish', async () => {
    await mkdir(join(directory, 'policy'));
    await writeFile(join(directory, 'policy/a.yaml'), policy('one'));
    const { opened, next } = await open();
    const change = next();
    await rm(join(directory, 'policy/a.yaml'));
    assert.equal((await change).kind, 'rejected');
    assert.equal(firstRule(opened), 'one');
  });

  it('finds a change by polling when the whole folder was replaced under the watch', async () => {
    await mkdir(join(directory, 'policy'));
    await writeFile(join(directory, 'policy/a.yaml'), policy('one'));
    const { opened, next } = await open(50);
    await rename(join(directory, 'policy'), join(directory, 'before'));
    const gone = next();
    assert.equal((await gone).kind, 'rejected');
    const back = next();
    await mkdir(join(directory, 'new'));
    await writeFile(join(directory, 'new/a.yaml'), policy('two'));
    await rename(join(directory, 'new'), join(directory, 'policy'));
    assert.equal((await back).kind, 'loaded');
    assert.equal(firstRule(opened), 'two');
  });

  it('with a profile that makes tokens opens only where there is a key for them, and takes on no such profile later', async () => {
    const tokens = `${policy('one')}mask: { house: { like: bank, actions: { email: tokenize } } }\n`;
    await mkdir(join(directory, 'policy'));
    await writeFile(join(directory, 'policy/a.yaml'), tokens);
    const faults = async () => {
      const result = await openConfigDirectory(directory, shared);
      if (result.ok) result.value.close();
      return result.ok ? [] : result.error.map(({ line, message }) => `${line} ${message}`);
    };
    const missing = '9 "tokenize" needs a key, and keys.masking of countersign.yaml names none that can be read';
    assert.deepEqual(await faults(), [missing]);
    await writeFile(join(directory, 'policy/a.yaml'), policy('one'));
    const { opened, next } = await open(50);
    await mkdir(join(directory, 'keys'));
    createKey(join(directory, 'keys/masking.key'));
    await writeFile(join(directory, 'policy/a.yaml'), tokens);
    assert.equal((await next()).kind, 'rejected');
    assert.equal(opened.current().profile('house'), undefined);
    assert.deepEqual(await faults(), []);
    await chmod(join(directory, 'keys/masking.key'), 0o644);
    assert.deepEqual(await faults(), [missing]);
  });

  it('with a fault anywhere does not open, and both files are looked at', async () => {
    await mkdir(join(directory, 'policy'));
    await writeFile(join(directory, 'policy/a.yaml'), policy('one').replace('version: 1', 'version: 2'));
    await writeFile(join(directory, 'countersign.yaml'), `${configuration}isuers: []\n`);
    const result = await openConfigDirectory(directory, shared);
    const files = result.ok ? [] : result.error.map(({ file, line }) => `${file.slice(directory.length)}:${line}`);
    assert.deepEqual(files, ['/countersign.yaml:2', '/policy/a.yaml:1']);
  });

  it('without policy files, or without countersign.yaml, does not open', async () => {
    const faults = async () => {
      const result = await openConfigDirectory(directory, shared);
      return result.ok ? [] : result.error.map(({ message }) => message);
    };
    assert.deepEqual(await faults(), ['does not exist']);
    await mkdir(join(directory, 'policy'));
    assert.deepEqual(await faults(), ['no policy file (*.yaml) in here']);
    await rm(join(directory, 'countersign.yaml'));
    assert.deepEqual(await faults(), ['does not exist']);
  });
});
