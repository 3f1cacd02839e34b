import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { announce, findRunning } from './running.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-running-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const demo = {
  pid: process.pid,
  startedAtMs: 1,
  issuer: 'http://127.0.0.1:1',
  proxy: 'http://127.0.0.1:2',
  console: 'http://127.0.0.1:3',
  directory: '/demo',
};

test('another process finds the demo until it is over', () => {
  const retract = announce(demo, folder);
  assert.deepEqual(findRunning(folder), demo);
  retract();
  assert.equal(findRunning(folder), undefined);
});

test('what is said about a demo is for its user only', () => {
  announce(demo, folder);
  assert.equal(statSync(join(folder, `${process.pid}.json`)).mode & 0o777, 0o600);
});

test('a demo that was killed is not found, and the next one sweeps it away', () => {
  const dead = { ...demo, pid: 2 ** 22 + 1 };
  announce(dead, folder);
  assert.equal(findRunning(folder), undefined);
  announce(demo, folder);
  assert.equal(existsSync(join(folder, `${dead.pid}.json`)), false);
});

test('of several demos the newest is found', () => {
  announce(demo, folder);
  announce({ ...demo, pid: process.ppid, startedAtMs: 2, proxy: 'http://127.0.0.1:9' }, folder);
  assert.equal(findRunning(folder)?.proxy, 'http://127.0.0.1:9');
});

test('a file that says something else is passed over', () => {
  writeFileSync(join(folder, '1.json'), '{"issuer":7}');
  writeFileSync(join(folder, '2.json'), 'not json');
  assert.equal(findRunning(folder), undefined);
});
