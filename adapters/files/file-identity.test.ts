import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { rememberFile } from './file-identity.ts';

test('a file is the same after a write, and another one after it was removed or replaced', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-identity-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'store.db');
  writeFileSync(file, 'a');
  const isInPlace = rememberFile(file);
  appendFileSync(file, 'b');
  assert.equal(isInPlace(), true);
  writeFileSync(join(folder, 'new'), 'ab');
  renameSync(join(folder, 'new'), file);
  assert.equal(isInPlace(), false);
  rmSync(file);
  assert.equal(isInPlace(), false);
});
