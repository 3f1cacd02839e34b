import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

/** The command alone, without the rest of the program: what it prints and how it exits. */
const program = `
  import { Command } from ${JSON.stringify(import.meta.resolve('commander'))};
  import { registerPolicy } from ${JSON.stringify(new URL('./policy.ts', import.meta.url).href)};
  const program = new Command('countersign');
  registerPolicy(program);
  await program.parseAsync(process.argv.slice(1), { from: 'user' });
`;
let directory: string;

function policy(...args: readonly string[]) {
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', program, '--', 'policy', ...args], {
    cwd: directory,
    encoding: 'utf8',
  });
  return { status: run.status, lines: run.stdout.trimEnd().split('\n'), stderr: run.stderr };
}

const good = `version: 1
endpoints:
  - name: scoring
    match: { host: scoring.bank.test, path: "/v2/models/*/infer" }
    api: open-inference-v2
    model: { name: "{path[2]}" }
    upstream: { credential: scoring-key }
rules:
  - name: analysts
    match: { endpoint: scoring, groups: [analysts] }
    when: body.rows > 0
    then: allow
`;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'countersign-policy-'));
  await mkdir(join(directory, 'good/policy'), { recursive: true });
  await writeFile(
    join(directory, 'good/countersign.yaml'),
    'issuers: [{ issuer: "https://idp.bank.test", audience: a }]\ncredentials: [{ name: scoring-key, file: key }]\n',
  );
  await writeFile(join(directory, 'good/policy/a.yaml'), good);
  const bad = good.replace('endpoint: scoring,', 'endpoint: scorng,').replace('body.rows', 'body.rowz');
  await writeFile(join(directory, 'bad.yaml'), bad.replace('then: allow', 'then: allow\n    becuase: typo'));
});
after(() => rm(directory, { recursive: true }));

describe('countersign policy check', () => {
  it('prints an unknown key, a wrong endpoint name and a CEL typo, each with line and column, and exits 1', () => {
    const { status, lines } = policy('check', 'bad.yaml');
    assert.equal(status, 1);
    assert.deepEqual(lines, [
      'bad.yaml:10:24: unknown endpoint "scorng"',
      '    did you mean "scoring"?',
      'bad.yaml:11:16: CEL: unknown field "rowz" (character 6 of when)',
      '    did you mean "rows"?',
      'bad.yaml:13:5: unknown key "becuase"',
      '    did you mean "because"?',
      '',
      '3 errors in 1 file',
      'names of credentials were not checked: no readable countersign.yaml',
    ]);
  });

  it('says the same as one JSON document', () => {
    const { status, lines } = policy('check', '--json', 'bad.yaml');
    assert.equal(status, 1);
    const report = JSON.parse(lines.join('\n'));
    assert.equal(report.ok, false);
    assert.deepEqual(
      report.diagnostics.map((one: { line: number; column: number }) => `${one.line}:${one.column}`),
      ['10:24', '11:16', '13:5'],
    );
  });

  it('accepts a configuration directory and prints the revision', () => {
    const { status, lines } = policy('check', 'good');
    assert.match(lines.join('\n'), /^ok: 1 endpoint, 1 rule, revision [0-9a-f]{64}$/);
    assert.equal(status, 0);
  });

  it('accepts a folder of policy files, or a file, with credentials from the countersign.yaml beside it', async () => {
    assert.equal(policy('check', 'good/policy').status, 0);
    assert.equal(policy('check', 'good/policy/a.yaml').status, 0);
    await writeFile(join(directory, 'good/policy.extra.yaml'), good.replace('scoring-key', 'scoring-kee'));
    const { status, lines } = policy('check', 'good/policy.extra.yaml');
    assert.equal(status, 1);
    assert.equal(lines[0], 'good/policy.extra.yaml:7:29: unknown credential "scoring-kee"');
  });

  it('exits 2 when something cannot be read', async () => {
    await mkdir(join(directory, 'empty'));
    await writeFile(join(directory, 'latin1.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe9]));
    for (const path of ['absent.yaml', 'empty', 'latin1.yaml']) assert.equal(policy('check', path).status, 2, path);
    assert.equal(JSON.parse(policy('check', '--json', 'absent.yaml').lines.join('')).ok, false);
  });
});
