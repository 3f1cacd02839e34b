import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { root } from '../paths.mjs';

const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');

/** @returns the lint rules that `source` breaks when it stands at `path` in a repository with our biome.json */
function broken(path: string, source: string): string[] {
  const clone = mkdtempSync(join(tmpdir(), 'countersign-lint-'));
  try {
    for (const file of ['biome.json', 'setup/lint/no-randomness.grit']) cpSync(join(root, file), join(clone, file));
    mkdirSync(dirname(join(clone, path)), { recursive: true });
    writeFileSync(join(clone, path), source);
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [biome, 'lint', '--vcs-enabled=false', '--reporter=github', path],
      { cwd: clone, encoding: 'utf8' },
    );
    assert.doesNotMatch(stderr, /configuration/i);
    const rules = stdout.matchAll(/^::error title=(?:lint\/\w+\/)?(\w+)/gm);
    return [...new Set([...rules].map((match) => match[1] ?? ''))].sort();
  } finally {
    rmSync(clone, { recursive: true, force: true });
  }
}

const imports = (from: string) => `import { thing } from '${from}';\nexport const it = thing;\n`;

const forbidden: readonly (readonly [string, string])[] = [
  ['core/probe.ts', '@countersign/adapters/sqlite/spool.ts'],
  ['core/policy/probe.ts', '../../adapters/sqlite/spool.ts'],
  ['core/probe.ts', '../setup/paths.mjs'],
  ['adapters/sqlite/probe.ts', '@countersign/cli/main.ts'],
  ['adapters/sqlite/probe.ts', '../../proc-service/main.ts'],
  ['proc-service/probe.ts', '@countersign/authz-service/main.ts'],
  ['console/probe.ts', '@countersign/envoy/config.ts'],
  ['envoy/probe.ts', '@countersign/cli/main.ts'],
  ['demo/probe.ts', '../console/main.ts'],
  ['cli/probe.ts', '@countersign/proc-service/main.ts'],
  ['cli/probe.ts', '@countersign/bench/measure/statistics.ts'],
  ['proc-service/probe.ts', '../bench/yardstick/server.ts'],
  ['setup/probe.mjs', '@countersign/core/result.ts'],
];
for (const [path, from] of forbidden) {
  test(`${path} may not import ${from}`, () => {
    assert.deepEqual(broken(path, imports(from)), ['noRestrictedImports']);
  });
}

const allowed: readonly (readonly [string, string])[] = [
  ['core/probe.test.ts', 'node:test'],
  ['adapters/probe.ts', '@countersign/core/result.ts'],
  ['proc-service/probe.ts', '@countersign/adapters/sqlite/spool.ts'],
  ['cli/probe.ts', '@countersign/envoy/config.ts'],
  ['cli/probe.ts', '@countersign/demo/people.ts'],
];
for (const [path, from] of allowed) {
  test(`${path} may import ${from}`, () => {
    assert.deepEqual(broken(path, imports(from)), []);
  });
}

test('core may not import lazily what it may not import at once', () => {
  const source = "export const late = () => import('@countersign/adapters/sqlite/spool.ts');\n";
  assert.deepEqual(broken('core/probe.ts', source), ['noRestrictedImports']);
});

const impure: readonly (readonly [string, string, string])[] = [
  ['Node', "import { readFileSync } from 'node:fs';\nexport const it = readFileSync;\n", 'noNodejsModules'],
  ['the environment', 'export const it = process.env;\n', 'noProcessEnv'],
  ['the clock', 'export const it = Date.now();\n', 'noRestrictedGlobals'],
  ['timers', 'export const it = setTimeout;\n', 'noRestrictedGlobals'],
  ['randomness', 'export const it = Math.random();\n', 'plugin'],
  ['the surroundings by their other name', 'export const it = globalThis;\n', 'noRestrictedGlobals'],
];
for (const [what, source, rule] of impure) {
  test(`core reaches for ${what}: refused`, () => {
    assert.ok(broken('core/probe.ts', source).includes(rule));
  });
}
