import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { countersign } from './test/countersign.ts';

test('what the system refuses is one line and exit code 2, whatever the command', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-main-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const key = await countersign('ledger', 'verify', folder, '--key', folder);
  assert.deepEqual([key.status, key.stderr], [2, `--key ${folder}: a folder, and no file with keys\n`]);
  const long = join(folder, 'n'.repeat(300));
  const verified = await countersign('ledger', 'verify', folder, '--key', long);
  assert.equal(verified.status, 2);
  assert.match(verified.stderr, /^[^\n]*ENAMETOOLONG[^\n]*\n$/);
});
