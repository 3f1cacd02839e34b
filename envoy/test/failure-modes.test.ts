/** docs/failure-modes.md against the tests: what it says of a fault is what a test shows, and no fault that is tested is left out. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const document = fileURLToPath(new URL('../../docs/failure-modes.md', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

/** Each test in these is a row; the document may name tests of other files as well. */
const faultFiles = [
  'caller-leaves',
  'clock',
  'disk-full',
  'envoy-faults',
  'held-restart',
  'hung-processes',
  'identity-provider',
  'kill-under-load',
  'long-exchange',
  'phases',
  'reload',
  'rolling-restart',
  'services-down',
  'stores',
  'upstream-faults',
].map((name) => join(here, `${name}.e2e.test.ts`));
for (const name of ['exchange/masking-faults', 'exchange/body-faults', 'masking/events/faults'])
  faultFiles.push(join(here, '../../core', `${name}.test.ts`));

interface Row {
  readonly line: number;
  readonly file: string;
  readonly title: string;
}

const rows: readonly Row[] = readFileSync(document, 'utf8')
  .split('\n')
  .flatMap((text, index) => {
    const cell = /\| \[[^\]]+\]\(([^)]+\.test\.ts)\): (.+?) \|$/.exec(text);
    const [, link = '', title = ''] = cell ?? [];
    return cell === null ? [] : [{ line: index + 1, file: join(dirname(document), link), title }];
  });

/** Titles of the tests of a file; what a template puts in may be anything. Subtests belong to theirs. */
function titlesOf(file: string): readonly RegExp[] {
  const calls = readFileSync(file, 'utf8').matchAll(/(?<![.\w])(?:test|it)\(\s*(?:'((?:[^'\\]|\\.)+)'|`([^`]+)`)/g);
  return [...calls].map(([, plain, template]) => {
    const parts = plain === undefined ? (template ?? '').split(/\$\{[^}]*\}/) : [plain];
    return new RegExp(`^${parts.map((part) => RegExp.escape(part)).join('.+')}$`);
  });
}

test('every row of every table names a test', () => {
  const tableLines = readFileSync(document, 'utf8')
    .split('\n')
    .filter((text) => text.startsWith('| ') && !/^\| [a-z ]+ \| the caller \|/.test(text));
  assert.equal(rows.length, tableLines.length);
  assert.ok(rows.length > 80);
});

test('every test that a row names exists', () => {
  const missing = rows.filter(({ file, title }) => !titlesOf(file).some((pattern) => pattern.test(title)));
  assert.deepEqual(
    missing.map(
      ({ line, file, title }) => `${basename(document)}:${line}: ${relative(here, file)} has no test "${title}"`,
    ),
    [],
  );
});

test('every fault test has a row', () => {
  const missing = faultFiles.flatMap((file) => {
    const titles = rows.filter((row) => row.file === file).map(({ title }) => title);
    return titlesOf(file)
      .filter((pattern) => !titles.some((title) => pattern.test(title)))
      .map((pattern) => `${basename(file)}: ${pattern.source}`);
  });
  assert.deepEqual(missing, []);
});
