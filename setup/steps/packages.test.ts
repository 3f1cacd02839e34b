import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { installedMatchesLock, isFor } from './packages.mjs';

type Packages = Readonly<Record<string, object>>;

const zod = { version: '4.6.7', integrity: 'sha512-a' };
const foreign = { version: '1.0.0', integrity: 'sha512-b', optional: true, os: ['win32'] };
const wanted: Packages = { '': {}, 'node_modules/zod': zod, 'node_modules/win': foreign };

/** A clone whose lock wants `wanted` and where npm says it installed `installed`. */
function clone(t: TestContext, installed: Packages | string, present = ['node_modules/zod']): string {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-clone-'));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const path of ['node_modules', ...present]) mkdirSync(join(directory, path), { recursive: true });
  writeFileSync(join(directory, 'package-lock.json'), JSON.stringify({ packages: wanted }));
  const list = typeof installed === 'string' ? installed : JSON.stringify({ packages: installed });
  writeFileSync(join(directory, 'node_modules', '.package-lock.json'), list);
  return directory;
}

test('what the lock lists is installed: nothing to do, though a package for another system is missing', (t) => {
  assert.equal(installedMatchesLock(clone(t, { 'node_modules/zod': zod })), true);
});

const unmet: Readonly<Record<string, Packages | string>> = {
  'another version': { 'node_modules/zod': { ...zod, version: '4.6.8' } },
  'other bytes of the same version': { 'node_modules/zod': { ...zod, integrity: 'sha512-evil' } },
  'nothing installed': {},
  'a package that the lock does not list': { 'node_modules/zod': zod, 'node_modules/left-pad': zod },
  'an install cut short': '{"packages": {',
};
for (const [name, installed] of Object.entries(unmet)) {
  test(`${name}: install again`, (t) => {
    assert.equal(installedMatchesLock(clone(t, installed)), false);
  });
}

test('a package whose folder was deleted by hand: install again', (t) => {
  assert.equal(installedMatchesLock(clone(t, { 'node_modules/zod': zod }, [])), false);
});

test('a fresh clone: install', (t) => {
  const directory = clone(t, {});
  rmSync(join(directory, 'node_modules'), { recursive: true });
  assert.equal(installedMatchesLock(directory), false);
});

test('os, cpu and libc of a package are lists, single words or exclusions', () => {
  const here = { os: 'linux', cpu: 'x64', libc: 'glibc' };
  assert.equal(isFor({}, here), true);
  assert.equal(isFor({ os: ['linux'], cpu: ['x64'], libc: ['glibc'] }, here), true);
  assert.equal(isFor({ os: 'linux', cpu: 'arm64' }, here), false);
  assert.equal(isFor({ os: ['!win32'] }, here), true);
  assert.equal(isFor({ os: ['!linux'] }, here), false);
  assert.equal(isFor({ os: ['linux'], libc: ['musl'] }, here), false);
});
