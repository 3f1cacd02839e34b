import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { makeAuthority, writeIssued } from '../listen/test/certificates.ts';
import { openEnvoyAccess } from './envoy-access.ts';

const log = pino({ level: 'silent' });
const tls = { certificate: '/none', key: '/none', clientCa: '/none', clientSan: ['envoy.test'] };
const listeners = { authz: '', proc: [], console: '', socketAccess: 'group', tls } as const;
const quiet = { refused: () => undefined, reloaded: () => undefined, expires: () => undefined };

test('a Unix socket needs no certificate, even where TLS is configured', () => {
  const access = openEnvoyAccess('unix:/run/a.sock', listeners, log, quiet);
  assert.deepEqual(access.listener, { listen: 'unix:/run/a.sock', socketAccess: 'group' });
});

test('a TCP address does, on loopback too: files that are not there end the start', () => {
  assert.throws(() => openEnvoyAccess('127.0.0.1:0', listeners, log, quiet), /\/none: cannot be read \(ENOENT\)/);
});

test('says when the certificate ends', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-access-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const notAfter = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000);
  const files = writeIssued(folder, 'own', makeAuthority('a').issue({ notAfter }));
  const clientCa = join(folder, 'ca.pem');
  writeFileSync(clientCa, makeAuthority('b').certificate);
  const ends: number[] = [];
  const metrics = { ...quiet, expires: (at: number) => void ends.push(at) };
  const access = openEnvoyAccess('127.0.0.1:0', { ...listeners, tls: { ...tls, ...files, clientCa } }, log, metrics);
  access.close();
  assert.deepEqual(ends, [notAfter.getTime()]);
});
