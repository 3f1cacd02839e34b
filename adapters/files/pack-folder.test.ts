import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { PackFile } from '@countersign/core/evidence/pack-file.ts';
import { createFailingDisk, skipWithoutCompiler } from '../sqlite/test/failing-disk.ts';
import { type PackFolderOptions, writePackFolder } from './pack-folder.ts';

function place(t: TestContext): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-pack-'));
  t.after(() => fs.rmSync(directory, { recursive: true }));
  return path.join(directory, 'pack');
}

const file = (name: string, ...parts: readonly (string | Uint8Array)[]): PackFile => ({ name, content: () => parts });

const write = (out: string, files: Iterable<PackFile>, more: Partial<PackFolderOptions> = {}) =>
  writePackFolder({
    out,
    files,
    sign: async () => 'the note\n',
    release: async () => undefined,
    onProgress: () => undefined,
    ...more,
  });

const left = (out: string): readonly string[] => fs.readdirSync(path.dirname(out));
const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('a pack has its files, their sums in the form of sha256sum, and the note; its owner alone reads it', async (t) => {
  const out = place(t);
  const files = [file('b.txt', 'b', Uint8Array.of(0xff)), file('a/one', ''), file('a/b/c', 'x'.repeat(3_000_000))];
  const pack = await write(out, files, { sign: async (sums) => Buffer.from(sums).toString('hex') });
  assert.deepEqual(left(out), ['pack']);
  const sums = fs.readFileSync(path.join(out, 'SHA256SUMS'), 'utf8');
  assert.deepEqual(sums.split('\n'), [
    `${sha256('x'.repeat(3_000_000))}  a/b/c`,
    `${sha256('')}  a/one`,
    `${sha256(Buffer.from([0x62, 0xff]))}  b.txt`,
    '',
  ]);
  assert.equal(fs.readFileSync(path.join(out, 'pack.note'), 'utf8'), sha256(sums));
  assert.deepEqual([Buffer.from(pack.sums).toString('hex'), pack.files], [sha256(sums), 5]);
  const names = fs.readdirSync(out, { recursive: true, encoding: 'utf8' });
  const sizes = names.map((name) => fs.statSync(path.join(out, name))).filter((stat) => stat.isFile());
  assert.equal(
    pack.bytes,
    sizes.reduce((sum, { size }) => sum + size, 0),
  );
  for (const name of ['', ...names]) {
    const stat = fs.statSync(path.join(out, name));
    assert.equal(stat.mode & 0o777, stat.isDirectory() ? 0o700 : 0o600, name);
  }
  const check = spawnSync('sha256sum', ['--strict', '-c', 'SHA256SUMS'], { cwd: out, encoding: 'utf8' });
  assert.equal(check.status, 0, check.stderr);
});

test('it has no name before all of it is on disk, and none when what releases it fails', async (t) => {
  const out = place(t);
  const release = async (): Promise<void> => {
    const [partial = '', ...more] = left(out);
    assert.match(partial, /^pack\.partial-[0-9a-f]{12}$/);
    assert.deepEqual(more, []);
    assert.ok(fs.existsSync(path.join(path.dirname(out), partial, 'pack.note')));
    throw new Error('not recorded');
  };
  await assert.rejects(write(out, [file('a', 'a')], { release }), /^Error: not recorded$/);
  assert.deepEqual(left(out), []);
});

test('content that fails midway, files that do, and a key that does not sign leave nothing', async (t) => {
  const out = place(t);
  let isClosed = false;
  function* breaking() {
    try {
      yield 'x'.repeat(2_000_000);
      throw new Error('the ledger is unreadable');
    } finally {
      isClosed = true;
    }
  }
  await assert.rejects(write(out, [file('a/b', 'a'), { name: 'c', content: breaking }]), /the ledger is unreadable/);
  assert.ok(isClosed);
  function* noMore(): Generator<PackFile> {
    yield file('a', 'a');
    throw new Error('no more files');
  }
  await assert.rejects(write(out, noMore()), /no more files/);
  await assert.rejects(write(out, [file('a', 'a')], { sign: () => Promise.reject(new Error('no key')) }), /no key/);
  assert.deepEqual(left(out), []);
});

test('an OUT that is there is refused before anything is read, whatever it is', async (t) => {
  const out = place(t);
  const files: Iterable<PackFile> = { [Symbol.iterator]: () => assert.fail('read') };
  const make = [
    () => fs.mkdirSync(out),
    () => fs.writeFileSync(out, ''),
    () => fs.symlinkSync('nowhere', out),
    () => fs.symlinkSync('.', out),
  ];
  for (const there of make) {
    there();
    await assert.rejects(write(out, files), {
      message: `${out} exists already: a pack is never written over something`,
    });
    assert.deepEqual(left(out), ['pack']);
    fs.rmSync(out, { recursive: true });
  }
});

test('an OUT that appears meanwhile is kept', async (t) => {
  const out = place(t);
  await assert.rejects(write(out, [], { release: async () => fs.mkdirSync(out) }), /exists already/);
  assert.deepEqual(left(out), ['pack']);
});

test('no folder to write in, or one that cannot be written, is said in one line', async (t) => {
  const out = place(t);
  await assert.rejects(write(path.join(out, 'pack'), []), /pack cannot be written: .*pack is no folder/);
  fs.writeFileSync(out, '');
  await assert.rejects(write(path.join(out, 'pack'), []), /pack cannot be written: .*pack is no folder/);
});

test('names that leave the folder, hide, or are read as something else are refused', async (t) => {
  const out = place(t);
  for (const name of [
    '',
    '/a',
    '../a',
    'a/../../b',
    'a//b',
    'a/',
    '.a',
    'a/.b',
    '-rf',
    'a b',
    'a\nb',
    'a\\b',
    'ä',
    `${'a'.repeat(256)}`,
    `${'a/'.repeat(256)}a`,
    'SHA256SUMS',
    'pack.note',
  ]) {
    await assert.rejects(write(out, [file(name, '')]), {
      message: `${JSON.stringify(name)} is no name for a file of a pack`,
    });
  }
  await assert.rejects(write(out, [file('a', '1'), file('b', ''), file('a', '2')]), /a would be in the pack twice/);
  await assert.rejects(write(out, [file('a', ''), file('a/b', '')]), /cannot be written: E(EXIST|NOTDIR)/);
  await assert.rejects(write(out, [file('a/b', ''), file('a', '')]), /cannot be written: E(EXIST|ISDIR)/);
  assert.deepEqual(left(out), []);
});

const namespaces = spawnSync('unshare', ['-Urm', 'true']).status === 0;

test('a full disk: no pack, one line that says so, and the room is free again; what cannot be removed is said', {
  skip: namespaces ? false : 'no user namespaces here: a small file system cannot be mounted without root',
}, (t) => {
  const fixture = fileURLToPath(new URL('./test/pack-on-tmpfs.ts', import.meta.url));
  const script = 'mount -t tmpfs -o size=4m tmpfs "$1" && exec "$2" "$3" "$1"';
  const args = ['-Urm', 'sh', '-c', script, 'sh', path.dirname(place(t)), process.execPath, fixture];
  const { status, stderr } = spawnSync('unshare', args, { encoding: 'utf8', timeout: 60_000 });
  assert.equal(status, 0, stderr);
});

test('a disk that does not keep what it took: no pack, or one of which is said what could become of it', {
  skip: skipWithoutCompiler,
}, (t) => {
  const out = place(t);
  const disk = createFailingDisk(path.dirname(out));
  const fixture = fileURLToPath(new URL('./test/pack-on-failing-disk.ts', import.meta.url));
  const writing = (when: string): string => {
    disk.recover();
    const env = { ...process.env, ...disk.env };
    return spawnSync(process.execPath, [fixture, out, when], { encoding: 'utf8', env, timeout: 60_000 }).stdout;
  };
  const packs = (): readonly string[] => left(out).filter((name) => name.startsWith('pack'));
  assert.match(writing('at once'), /pack cannot be written: EIO/);
  assert.deepEqual(packs(), []);
  assert.match(writing('once released'), /pack is there, but a crash of this host could take it away: EIO/);
  assert.deepEqual(packs(), ['pack']);
});
