import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Spill, SpillFile } from '@countersign/core/ports.ts';
import fc from 'fast-check';
import { openSpill } from './spill.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-spill-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const wide = 1 << 30;

async function create(spill: Spill, owner = 's|request'): Promise<SpillFile> {
  const created = await spill.create(owner);
  assert.ok(created.ok);
  return created.value;
}

/** This process's open files in the folder, although they have no name: `/proc/self/fd/N`. */
const openFiles = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder) ? [`/proc/self/fd/${fd}`] : [];
    } catch {
      return [];
    }
  });
const only = (): string => {
  const [file, ...more] = openFiles();
  assert.ok(file !== undefined && more.length === 0);
  return file;
};
async function closed(file: SpillFile): Promise<void> {
  file.close();
  while (openFiles().length > 0) await new Promise((turn) => setImmediate(turn));
}

test('parts come back as they were, in any order, however often', async () => {
  const spill = openSpill(folder, wide);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 70_000 }), { maxLength: 6 }), async (parts) => {
      const file = await create(spill);
      for (const part of parts) assert.ok((await file.append(part)).ok);
      for (const index of [...parts.keys(), ...[...parts.keys()].reverse()]) {
        const read = await file.read(index);
        assert.ok(read.ok && Buffer.from(read.value).equals(parts[index] ?? Buffer.alloc(1)));
      }
      assert.equal((await file.read(parts.length)).ok, false);
      await closed(file);
    }),
    { numRuns: 30 },
  );
});

test('a part is sealed before append returns: its bytes may be used again at once', async () => {
  const file = await create(openSpill(folder, wide));
  const bytes = Buffer.from('first');
  const appended = file.append(bytes);
  bytes.fill(0);
  await appended;
  const read = await file.read(0);
  assert.ok(read.ok);
  assert.equal(`${Buffer.from(read.value)}`, 'first');
  await closed(file);
});

describe('on the disk', () => {
  test('there is no name, nothing in clear, and nothing that anybody else may open', async () => {
    const file = await create(openSpill(folder, wide));
    const secret = 'SSN 536-22-8726';
    await file.append(Buffer.from(secret.repeat(100)));
    assert.deepEqual(readdirSync(folder), []);
    assert.equal(readFileSync(only()).includes(secret.slice(0, 8)), false);
    assert.equal(statSync(only()).mode & 0o777, 0o600);
    await closed(file);
  });
  test('the same part twice is two boxes', async () => {
    const file = await create(openSpill(folder, wide));
    const part = randomBytes(100);
    await file.append(part);
    await file.append(part);
    const stored = readFileSync(only());
    assert.equal(stored.length, 2 * 116);
    assert.equal(stored.subarray(0, 116).equals(stored.subarray(116)), false);
    await closed(file);
  });
  test('what a crash left between open and unlink is removed at the start, and nothing else', () => {
    writeFileSync(join(folder, 'left.spill'), 'x');
    writeFileSync(join(folder, 'notes.txt'), 'x');
    openSpill(folder, wide);
    assert.deepEqual(readdirSync(folder), ['notes.txt']);
    rmSync(join(folder, 'notes.txt'));
  });
});

describe('what was tampered with does not come back', () => {
  const tampered = async (change: (stored: Buffer) => Buffer): Promise<(string | undefined)[]> => {
    const file = await create(openSpill(folder, wide));
    for (const part of ['one', 'two', 'six']) await file.append(Buffer.from(part));
    writeFileSync(only(), change(readFileSync(only())));
    const codes = await Promise.all([0, 1, 2].map(async (index) => await file.read(index)));
    await closed(file);
    return codes.map((read) => (read.ok ? undefined : read.error.code));
  };
  const altered = 'ERR_SPILL_ALTERED';
  test('any bit of it', async () => {
    for (let at = 0; at < 19; at++) {
      const codes = await tampered((stored) => {
        stored.writeUInt8(stored.readUInt8(at) ^ 1, at);
        return stored;
      });
      assert.deepEqual(codes, [altered, undefined, undefined]);
    }
  });
  test('parts that changed places', async () => {
    const codes = await tampered((stored) =>
      Buffer.concat([stored.subarray(19, 38), stored.subarray(0, 19), stored.subarray(38)]),
    );
    assert.deepEqual(codes, [altered, altered, undefined]);
  });
  test('a file that was cut', async () => {
    assert.deepEqual(await tampered((stored) => stored.subarray(0, 30)), [undefined, altered, altered]);
  });
  test('a part of another body of this process', async () => {
    const spill = openSpill(folder, wide);
    const a = await create(spill, 'a|request');
    await a.append(Buffer.from('of a'));
    const box = readFileSync(only());
    await closed(a);
    const b = await create(spill, 'b|request');
    await b.append(Buffer.from('of b'));
    writeFileSync(only(), box);
    const read = await b.read(0);
    assert.equal(!read.ok && read.error.code, altered);
    await closed(b);
  });
});

describe('room', () => {
  test('all files of a process share it, and a file that is closed gives it back', async () => {
    const spill = openSpill(folder, 1_000);
    const [a, b] = [await create(spill), await create(spill)];
    assert.ok((await a.append(Buffer.alloc(900))).ok);
    const refused = await b.append(Buffer.alloc(100));
    assert.deepEqual(!refused.ok && refused.error, { code: 'ERR_SPILL_FULL', reason: 'spill_limit' });
    b.close();
    await closed(a);
    const again = await create(spill);
    assert.ok((await again.append(Buffer.alloc(900))).ok);
    await closed(again);
  });
  test('a file that is closed while it is being written, and twice', async () => {
    const file = await create(openSpill(folder, wide));
    const writing = file.append(Buffer.alloc(1 << 20));
    file.close();
    file.close();
    await writing;
    await closed(file);
    assert.equal((await file.append(Buffer.alloc(1))).ok, false);
    assert.equal((await file.read(0)).ok, false);
  });
  test('a folder that is gone is an error, not an exception', async () => {
    const gone = join(folder, 'gone');
    const spill = openSpill(gone, wide);
    rmSync(gone, { recursive: true });
    const created = await spill.create('s|request');
    assert.deepEqual(!created.ok && created.error, { code: 'ERR_SPILL_DISK', reason: 'enoent' });
  });
  const namespaces = spawnSync('unshare', ['-Urm', 'true']).status === 0;
  const skip = namespaces ? false : 'SKIPPED: no user namespaces here (unshare -Urm): a disk of its own cannot be made';
  test('a full disk is an error, and is used again when there is room', { skip }, () => {
    const script = new URL('./test/full-disk.ts', import.meta.url).pathname;
    const mounted = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" "$3" "$1"';
    const ran = spawnSync('unshare', ['-Urm', 'sh', '-c', mounted, 'sh', folder, process.execPath, script]);
    assert.equal(`${ran.stdout}${ran.stderr}`, 'ERR_SPILL_FULL enospc, then fine\n');
  });
});
