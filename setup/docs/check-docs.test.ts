import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkDocs } from './check-docs.mjs';
import { anchorsOf } from './links.mjs';

async function problems(t: TestContext, files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const root = mkdtempSync(join(tmpdir(), 'countersign-docs-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return checkDocs(root);
}

test('links that lead somewhere pass: files, folders, headings, other sites', async (t) => {
  const found = await problems(t, {
    'README.md':
      '# Top\n[a](docs/a.md) [b](docs/a.md#the-part-about-keys) [c](docs) [d](#top) [e](https://example.org/x)\n',
    'docs/a.md': '## The part about `keys`\n[up](../README.md)\n[r]: ../README.md\n',
  });
  assert.deepEqual(found, []);
});

test('links that lead nowhere are told with file and line', async (t) => {
  const found = await problems(t, {
    'README.md': '# Top\n\n[gone](docs/gone.md)\n![picture](p.svg) [x](#nowhere)\n\n[r]: ./absent.md\n',
  });
  assert.deepEqual(found, [
    'README.md:3: docs/gone.md leads nowhere',
    'README.md:4: p.svg leads nowhere',
    'README.md:4: #nowhere names a heading that is not there',
    'README.md:6: ./absent.md leads nowhere',
  ]);
});

test('what stands in code is not a link', async (t) => {
  assert.deepEqual(await problems(t, { 'README.md': '`[a](b)`\n\n```md\n[c](d)\n```\n' }), []);
});

test('anchors are those of GitHub: case, punctuation, repetition', () => {
  const anchors = anchorsOf('# A & B: the `x` rule\n## Twice\n## Twice\n```\n# not one\n```\n');
  assert.deepEqual([...anchors], ['a--b-the-x-rule', 'twice', 'twice-1']);
});

test('an error code that is not explained, and one that is used nowhere, are told', async (t) => {
  const found = await problems(t, {
    'core/a.ts':
      "export const a = 'ERR_ONE';\nexport const b = { ERR_TWO: 1 };\nif (x === 'ERR_STREAM_DESTROYED') y();\n",
    'core/a.test.ts': "const c = 'ERR_ONLY_IN_A_TEST';\n",
    'docs/errors.md': '`ERR_ONE` and `ERR_THREE`\n',
  });
  assert.deepEqual(found, [
    'core/a.ts:2: ERR_TWO is not in docs/errors.md',
    'docs/errors.md: ERR_THREE is used nowhere',
  ]);
});

test('without a reference every code is unexplained', async (t) => {
  const found = await problems(t, { 'core/a.ts': "export const a = 'ERR_ONE';\n" });
  assert.deepEqual(found, ['docs/errors.md: is missing; 1 error codes are explained nowhere']);
});

test('a file of more than 300 lines is refused unless it is generated', async (t) => {
  const long = 'x;\n'.repeat(301);
  const found = await problems(t, {
    'a.ts': long,
    'b.ts': `// @generated\n${long}`,
    'c.ts': 'x;\n'.repeat(300),
    'd.md': long,
  });
  assert.deepEqual(found, ['a.ts: 301 lines, more than 300; split it']);
});
