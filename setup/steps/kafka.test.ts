import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { verifyJars } from './kafka.mjs';

function jars(t: TestContext, files: Readonly<Record<string, string>>): string {
  const lib = mkdtempSync(join(tmpdir(), 'countersign-jars-'));
  t.after(() => rmSync(lib, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(lib, name), content);
  return lib;
}
const pin = (name: string, content: string) => `${createHash('sha256').update(content).digest('hex')}  ${name}\n`;
const pins = pin('a.jar', 'A') + pin('b.jar', 'B');

test('exactly the pinned jars pass', (t) => {
  verifyJars(jars(t, { 'a.jar': 'A', 'b.jar': 'B' }), pins);
});

for (const [name, files] of Object.entries({
  'a jar with other bytes': { 'a.jar': 'A', 'b.jar': 'evil' },
  'a missing jar': { 'a.jar': 'A' },
  'one jar too many': { 'a.jar': 'A', 'b.jar': 'B', 'c.jar': 'C' },
})) {
  test(`${name} is refused`, (t) => {
    assert.throws(() => verifyJars(jars(t, files), pins), /jars\.sha256/);
  });
}
