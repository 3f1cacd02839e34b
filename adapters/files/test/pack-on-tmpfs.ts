/** Run inside a mount namespace, on a tmpfs of a few megabytes: a pack that does not fit, and one that cannot be removed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { writePackFolder } from '../pack-folder.ts';

const directory = process.argv[2];
if (directory === undefined) throw new Error('usage: pack-on-tmpfs.ts DIRECTORY');
const out = path.join(directory, 'pack');
const quiet = { out, sign: async () => '', release: async () => undefined, onProgress: () => undefined };

function* manyRecords(): Generator<string> {
  for (;;) yield 'x'.repeat(100_000);
}

await assert.rejects(writePackFolder({ ...quiet, files: [{ name: 'records.jsonl', content: manyRecords }] }), {
  name: 'Error',
  message: `${out}: there is no room left for the pack`,
});
assert.deepEqual(fs.readdirSync(directory), []);

/** A mount point stays, for root too. */
async function mountInside(): Promise<void> {
  const [partial = ''] = fs.readdirSync(path.dirname(out));
  const place = path.join(path.dirname(out), partial, 'a');
  assert.equal(spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', place]).status, 0);
  throw new Error('not recorded');
}

await assert.rejects(
  writePackFolder({ ...quiet, files: [{ name: 'a/b', content: () => [] }], release: mountInside }),
  /^Error: not recorded; .*pack\.partial-[0-9a-f]{12} is left, as it cannot be removed: .*busy/,
);
