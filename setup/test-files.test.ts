import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { endings, selectTests } from './test-files.mjs';

function tree(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'countersign-tree-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const path of [
    'core/a.test.ts',
    'core/a.ts',
    'core/deep/b.test.ts',
    'cli/c.test.ts',
    'cli/d.client.ts',
    'node_modules/x/x.test.ts',
    'core/node_modules/y/y.test.ts',
    '.build/z.test.ts',
  ]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '');
  }
  return root;
}

test('without a selection: every test of the project, none of what npm installed', (t) => {
  const { files, empty } = selectTests(tree(t), []);
  assert.deepEqual(files, ['cli/c.test.ts', 'core/a.test.ts', 'core/deep/b.test.ts']);
  assert.deepEqual(empty, []);
});

test('folders and files narrow it; what overlaps runs once', (t) => {
  const { files } = selectTests(tree(t), ['core/deep', 'core/deep/b.test.ts', 'cli']);
  assert.deepEqual(files, ['cli/c.test.ts', 'core/deep/b.test.ts']);
});

test('a selection without any test is told, so that a typo is not a green run', (t) => {
  const { empty } = selectTests(tree(t), ['core/mask', 'core/a.ts', 'core']);
  assert.deepEqual(empty, ['core/mask', 'core/a.ts']);
});

test('tests with clients of others are a tier of their own', (t) => {
  assert.deepEqual(selectTests(tree(t), [], endings.clients).files, ['cli/d.client.ts']);
});
