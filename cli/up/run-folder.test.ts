import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { makeRunFolder } from './run-folder.ts';

for (const [name, depth] of [
  ['beside the state', 0],
  ['in a short folder where the state lies too deep for the kernel', 120],
] as const)
  test(`sockets lie ${name}, in a folder for their owner, which goes at the end`, (t) => {
    const own = mkdtempSync(join(tmpdir(), 'countersign-run-'));
    t.after(() => rmSync(own, { recursive: true, force: true }));
    const state = join(own, 'x'.repeat(depth));
    const run = makeRunFolder(state);
    const address = run.address('proc-service-64');
    assert.ok(address.startsWith('unix:/') && address.length - 'unix:'.length <= 107);
    const folder = dirname(address.slice('unix:'.length));
    assert.equal(folder === join(state, 'run'), depth === 0);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    run.remove();
    assert.equal(existsSync(folder), false);
  });
