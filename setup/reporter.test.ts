import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const passing = "import { test } from 'node:test';\ntest('works', () => {});\n";
const skipping = `${passing}test('needs Kafka', { skip: 'Java is missing' }, () => {});\n`;

/** Runs `source` as a test file under our reporter. */
function run(
  t: TestContext,
  source: string,
  ci: string,
): { readonly code: number | null; readonly lines: readonly string[] } {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-reporter-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'some.test.mjs');
  writeFileSync(file, source);
  const reporter = new URL('reporter.mjs', import.meta.url).href;
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--test', `--test-reporter=${reporter}`, '--test-reporter-destination=stdout', file],
    // A runner inside a runner would report to the outer one.
    { encoding: 'utf8', env: { ...process.env, CI: ci, NODE_TEST_CONTEXT: undefined } },
  );
  return { code: status, lines: stdout.trimEnd().split('\n') };
}

test('a skip is named with its reason above the summary, and the summary stays last', (t) => {
  const { code, lines } = run(t, skipping, '');
  assert.equal(code, 0);
  const skip = lines.indexOf('ℹ SKIPPED needs Kafka: Java is missing');
  assert.ok(skip > 0 && skip < lines.indexOf('ℹ tests 2'));
  assert.match(lines.at(-1) ?? '', /^ℹ duration_ms/);
});

test('in CI a skip fails the run', (t) => {
  const { code, lines } = run(t, skipping, 'true');
  assert.equal(code, 1);
  assert.ok(lines.includes('ℹ FAILED: 1 skipped, and in CI a skipped test is a failure'));
});

test('in CI a run without skips passes', (t) => {
  assert.equal(run(t, passing, 'true').code, 0);
});
