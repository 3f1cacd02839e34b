import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import { createHandOffSigner } from './hand-off.ts';
import { createKey, loadKey } from './key-file.ts';
import { createKeyedDigest } from './keyed-digest.ts';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-keys-'));
after(() => fs.rmSync(directory, { recursive: true }));

const file = (name: string): string => path.join(directory, name);
const key = createKey(file('one.key'));
const other = createKey(file('other.key'));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function reasonFor(name: string): string {
  const loaded = loadKey(file(name));
  assert.ok(!loaded.ok, 'loaded');
  assert.equal(loaded.error.code, 'ERR_KEY_FILE');
  return loaded.error.reason;
}

test('a key is created once, for its owner alone, and loaded again as the same', () => {
  assert.equal(fs.statSync(file('one.key')).mode & 0o777, 0o600);
  const loaded = loadKey(file('one.key'));
  assert.ok(loaded.ok);
  assert.equal(loaded.value.id, key.id);
  assert.match(key.id, /^[0-9a-f]{16}$/);
  assert.notEqual(key.id, other.id);
});

test('a key that exists is never overwritten', () => {
  const before = fs.readFileSync(file('one.key'), 'utf8');
  assert.throws(() => createKey(file('one.key')), { code: 'EEXIST' });
  assert.equal(fs.readFileSync(file('one.key'), 'utf8'), before);
});

test('a key can be made with openssl', () => {
  const text = Buffer.alloc(32, 7).toString('base64url');
  fs.writeFileSync(file('by-hand.key'), text, { mode: 0o600 });
  assert.ok(loadKey(file('by-hand.key')).ok);
});

for (const mode of [0o640, 0o604, 0o620, 0o644, 0o601]) {
  test(`a key that others could use (mode ${mode.toString(8)}) is refused, with what to do`, () => {
    fs.chmodSync(file('other.key'), mode);
    assert.match(reasonFor('other.key'), /chmod 600/);
    fs.chmodSync(file('other.key'), 0o600);
  });
}

test('a link leads to the file whose mode counts', () => {
  fs.writeFileSync(file('open.key'), fs.readFileSync(file('one.key')), { mode: 0o644 });
  fs.symlinkSync(file('open.key'), file('link.key'));
  assert.match(reasonFor('link.key'), /chmod 600/);
});

for (const [what, text] of [
  ['an empty file, left by a crash', ''],
  ['a short key', Buffer.alloc(16).toString('base64url')],
  ['a long key', Buffer.alloc(33).toString('base64url')],
  ['padding', Buffer.alloc(32).toString('base64')],
  ['a PEM', '-----BEGIN PRIVATE KEY-----\n'],
] as const) {
  test(`not a key: ${what}`, () => {
    fs.writeFileSync(file('bad.key'), text, { mode: 0o600 });
    assert.match(reasonFor('bad.key'), /not a key/);
  });
}

test('a missing file, a folder, a FIFO and a large file are refused without blocking', () => {
  assert.match(reasonFor('missing.key'), /ENOENT/);
  assert.match(reasonFor('.'), /not a regular file/);
  execFileSync('mkfifo', ['-m', '600', file('fifo.key')]);
  assert.match(reasonFor('fifo.key'), /not a regular file/);
  fs.writeFileSync(file('large.key'), 'A'.repeat(5000), { mode: 0o600 });
  assert.match(reasonFor('large.key'), /too large/);
});

test('a key does not show when it is printed', () => {
  const secret = fs.readFileSync(file('one.key'), 'utf8').trim();
  const hex = Buffer.from(secret, 'base64url').toString('hex');
  for (const printed of [inspect(key, { depth: 9, showHidden: true }), JSON.stringify(key)]) {
    assert.ok(!printed.includes(secret) && !printed.includes(hex));
  }
});

test('a hand-off verifies with its own MAC only', () => {
  const { sign, verify } = createHandOffSigner(key);
  const mac = sign('{"v":1}');
  assert.ok(verify('{"v":1}', mac));
  for (const [text, forged] of [
    ['{"v":2}', mac],
    ['{"v":1}', sign('{"v":2}')],
    ['{"v":1}', createHandOffSigner(other).sign('{"v":1}')],
    ['{"v":1}', mac.slice(0, -1)],
    ['{"v":1}', `${mac}=`],
    ['{"v":1}', `${mac}A`],
    ['{"v":1}', ''],
  ] as const) {
    assert.ok(!verify(text, forged), forged);
  }
});

test('one key file used for two purposes gives two keys', () => {
  const text = 'the same bytes';
  const digest = Buffer.from(createKeyedDigest(key).digest(bytes(text))).toString('base64url');
  assert.notEqual(createHandOffSigner(key).sign(text), digest);
  assert.ok(!createHandOffSigner(key).verify(text, digest));
});

test('a digest is the same however its bytes were cut, and another under another key', () => {
  const { digest, incremental } = createKeyedDigest(key);
  const whole = digest(bytes('abcdef'));
  assert.equal(whole.length, 32);
  assert.deepEqual(digest(bytes('ab'), bytes(''), bytes('cdef')), whole);
  const stream = incremental();
  for (const part of ['a', 'bcd', 'ef']) stream.update(bytes(part));
  assert.deepEqual(stream.digest(), whole);
  assert.notDeepEqual(createKeyedDigest(other).digest(bytes('abcdef')), whole);
});
