import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fillAndFree } from './test/full-disk.ts';
import { draft, ledgerFolder, open, rowsOf } from './test/ledgers.ts';

const megabyte = 1024 * 1024;

/** Ballast inside the file, put there and taken away by another connection, which has no limit of its own. */
function throughRoom(file: string, statement: string): void {
  const db = new DatabaseSync(file, { timeout: 5000 });
  db.exec(statement);
  db.close();
}

test('a file at its size limit: appends are refused and counted, and taken again by itself once there is room', async (t) => {
  await fillAndFree({
    directory: ledgerFolder(t),
    maxFileBytes: 2 * megabyte,
    fill: (file) => throughRoom(file, `INSERT INTO room (bytes) VALUES (zeroblob(${megabyte}))`),
    free: (file) => throughRoom(file, 'DELETE FROM room'),
  });
});

const namespaces = spawnSync('unshare', ['-Urm', 'true']).status === 0;

test('a full disk: the same, on a file system of 16 MB', {
  skip: namespaces ? false : 'no user namespaces here: a small file system cannot be mounted without root',
}, (t) => {
  const fixture = fileURLToPath(new URL('./test/full-tmpfs.ts', import.meta.url));
  const script = 'mount -t tmpfs -o size=16m tmpfs "$1" && exec "$2" "$3" "$1"';
  const args = ['-Urm', 'sh', '-c', script, 'sh', ledgerFolder(t), process.execPath, fixture];
  const { status, stderr } = spawnSync('unshare', args, { encoding: 'utf8', timeout: 60_000 });
  assert.equal(status, 0, stderr);
});

test('a ledger that ends while the disk is full ends without its last word, and the next run follows it', async (t) => {
  const directory = ledgerFolder(t);
  const full = await open(directory, { maxFileBytes: megabyte, probeEveryMs: 60_000 });
  throughRoom(full.file, `INSERT INTO room (bytes) VALUES (zeroblob(${2 * megabyte}))`);
  for (let n = 0; full.state() === 'writing'; n++) await full.append([draft('session.denied', `s${n}`, { n })]);
  await full.close('sigterm');
  assert.equal(full.state(), 'closed');
  assert.ok(!rowsOf(full.file).some(({ type }) => type === 'ledger.closed'));
  const next = await open(directory);
  const [opened] = rowsOf(next.file);
  assert.equal(JSON.parse(opened?.value ?? '').data.previous.ledger, full.id);
  await next.close('done');
});
