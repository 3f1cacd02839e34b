/** The bench itself: one tiny round against every target, and a soak of a few calls, so that neither can rot. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'countersign-bench-test-'));
after(() => rmSync(out, { recursive: true, force: true }));

function bench(...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args, '--out', out], { encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
}

const written = (ending: string): string =>
  readFileSync(join(out, globSync(ending, { cwd: out })[0] ?? ending), 'utf8');

test('a round against Envoy alone, the no-op pair and ours: no call fails, ours masks, CPU and ratios are numbers', () => {
  bench('calls', '--case', '4k-c1', '--rounds', '1', '--seconds', '1', '--warm', '0', '--rules', '10');
  const { problems, lines, machine } = JSON.parse(written('*-calls.json'));
  assert.deepEqual(problems, []);
  assert.deepEqual(
    lines.map(({ target }: { target: string }) => target),
    ['envoy', 'no-op', 'ours, 10 rules'],
  );
  for (const { serverMicros, ratio } of lines.slice(1)) {
    assert.ok(serverMicros.median > 0);
    assert.ok(ratio.median > 0);
  }
  assert.ok(machine.cores > 0);
  assert.match(written('*-calls.svg'), /^<svg /);
});

test('a soak of 100 calls: every one answered as expected, and as many ends in the trail as Envoy counted', () => {
  bench('soak', '--calls', '100');
  const { findings, trail } = JSON.parse(written('*-soak.json'));
  assert.deepEqual(findings, []);
  assert.equal(trail.ended, 100);
});
