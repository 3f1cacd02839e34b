import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CertificateOptions, makeAuthority, writeIssued } from '@countersign/adapters/listen/test/certificates.ts';
import { loadConfiguration } from '@countersign/core/policy/load-config.ts';
import type { Check } from './check.ts';
import { checkListeners } from './listeners.ts';

const dayMs = 86_400_000;
const inDays = (days: number): Date => new Date(Date.now() + days * dayMs);

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-listeners-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function check(folder: string, listeners: object): Promise<readonly Check[]> {
  const text = JSON.stringify({ issuers: [{ issuer: 'https://idp.test', audience: 'a' }], listeners });
  const loaded = loadConfiguration({ name: 'countersign.yaml', text }, folder);
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return checkListeners(loaded.value);
}
const states = (checks: readonly Check[]): readonly string[] => checks.map(({ state }) => state);

test('loopback needs nothing of the file system', async (t) => {
  assert.deepEqual(await check(place(t), {}), []);
});

test('a socket that is free, and one that is in use, are fine', async (t) => {
  const folder = place(t);
  const server = createServer().listen(join(folder, 'used.sock'));
  t.after(() => server.close());
  const checks = await check(folder, { authz: 'unix:used.sock', proc: ['unix:free.sock'] });
  assert.deepEqual(states(checks), ['ok', 'ok']);
  assert.match(checks.map(({ detail }) => detail).join('\n'), /used\.sock \(in use\)\n.*free\.sock \(free\)/);
});

test('a socket in a folder that everybody may write to, and a file in its place, are wrong', async (t) => {
  const folder = place(t);
  mkdirSync(join(folder, 'open'));
  chmodSync(join(folder, 'open'), 0o777);
  writeFileSync(join(folder, 'file.sock'), '');
  const checks = await check(folder, { authz: 'unix:open/a.sock', proc: ['unix:file.sock'] });
  assert.deepEqual(states(checks), ['wrong', 'wrong']);
});

function secured(folder: string, options: CertificateOptions = {}) {
  const authority = makeAuthority('services');
  const files = writeIssued(folder, 'tls', authority.issue({ notAfter: inDays(90), ...options }));
  writeFileSync(join(folder, 'ca.pem'), makeAuthority('envoys', inDays(90)).certificate);
  const tls = { ...files, client_ca: 'ca.pem', client_san: ['spiffe://bank/envoy'] };
  return { files, listeners: { authz: '10.0.0.1:1', proc: ['10.0.0.1:2'], tls } };
}

test('files that fit and last are fine, and whom they let in is said', async (t) => {
  const folder = place(t);
  const checks = await check(folder, secured(folder).listeners);
  assert.deepEqual(states(checks), ['ok', 'ok', 'ok']);
  assert.equal(checks[2]?.detail, 'Envoy is spiffe://bank/envoy');
});

test('a certificate that ends within two weeks is a warning, one that has ended is wrong', async (t) => {
  const folder = place(t);
  const soon = await check(folder, secured(folder, { notAfter: inDays(13) }).listeners);
  assert.equal(soon[0]?.state, 'warning');
  assert.match(soon[0]?.detail ?? '', /tls\.pem ends on \d{4}-\d\d-\d\d$/);
  const ended = await check(folder, secured(folder, { notBefore: inDays(-9), notAfter: inDays(-1) }).listeners);
  assert.deepEqual(states(ended), ['wrong']);
});

test('authorities of Envoy that end soon are a warning', async (t) => {
  const folder = place(t);
  const { listeners } = secured(folder);
  writeFileSync(join(folder, 'ca.pem'), makeAuthority('envoys', inDays(1)).certificate);
  assert.equal((await check(folder, listeners))[1]?.state, 'warning');
});

test('a key that others can read, and the key of another certificate, are wrong', async (t) => {
  const folder = place(t);
  const { files, listeners } = secured(folder);
  chmodSync(files.key, 0o640);
  assert.match((await check(folder, listeners))[0]?.detail ?? '', /mode is 0640/);
  const other = writeIssued(folder, 'other', makeAuthority('x').issue());
  const mixed = { ...listeners, tls: { ...listeners.tls, key: other.key } };
  assert.match((await check(folder, mixed))[0]?.detail ?? '', /other\.key is not the PEM key of .*tls\.pem/);
});
