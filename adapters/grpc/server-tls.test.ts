/** Who may be a client of a gRPC server with mutual TLS: Envoy, by the name in its certificate, and nobody else. */
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { Clock } from '@countersign/core/ports.ts';
import { type PeerFault, RefusedPeers } from '../listen/refused-peers.ts';
import { type CertificateOptions, makeAuthority, writeIssued } from '../listen/test/certificates.ts';
import { openTlsIdentity } from '../listen/tls-identity.ts';
import { processPath } from './methods.ts';
import { startGrpcServer } from './server.ts';

const name = 'envoy.service.ext_proc.v3.ExternalProcessor';
const folder = mkdtempSync(join(tmpdir(), 'countersign-mtls-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
const envoyName = 'URI:spiffe://bank/envoy';
const [trusted, foreign] = [makeAuthority('clients'), makeAuthority('strangers')];
const serverAuthority = makeAuthority('servers');
const dayMs = 86_400_000;
let folders = 0;

async function stage(t: TestContext) {
  const place = mkdtempSync(join(folder, `${folders++}-`));
  const own = writeIssued(place, 'server', serverAuthority.issue({ alternativeNames: ['DNS:proc.test'] }));
  const clientCa = join(place, 'clients.pem');
  writeFileSync(clientCa, trusted.certificate);
  const reloads: boolean[] = [];
  const refusals: PeerFault[] = [];
  const lines: object[] = [];
  const log = { info: () => undefined, error: () => undefined, warn: (fields: object) => void lines.push(fields) };
  const identity = openTlsIdentity(
    { ...own, clientCa, clientSan: ['spiffe://bank/envoy', 'envoy.bank.test'] },
    { clock, log, onReload: (ok) => void reloads.push(ok), pollMs: 50 },
  );
  const refused = new RefusedPeers(log, clock.monotonic, (fault) => void refusals.push(fault));
  const server = await startGrpcServer({
    listen: '127.0.0.2:0',
    socketAccess: 'owner',
    tls: { identity, refused },
    name,
    method: { kind: 'stream', path: processPath, serve: () => assert.fail('a handler was reached') },
    maxMessageBytes: 1 << 20,
  });
  server.serve();
  t.after(async () => {
    identity.close();
    await server.drain(0);
  });
  const [host = '', port = ''] = server.listen.split(':');
  return { place, own, clientCa, reloads, refusals, lines, at: { host, port: Number(port) } };
}
type Stage = Awaited<ReturnType<typeof stage>>;

/** The certificate, and how a client of HTTP/2 talks. */
function speaking(options: CertificateOptions | 'no certificate', by = trusted): ConnectionOptions {
  const common = { ALPNProtocols: ['h2'], ca: serverAuthority.certificate, servername: 'proc.test' };
  if (options === 'no certificate') return common;
  const { certificate, key } = by.issue({ use: 'client', ...options });
  return { ...common, cert: certificate, key };
}
const envoy = (): ConnectionOptions => speaking({ alternativeNames: [envoyName] });

/** What the server answers to a health check over such a connection. */
function ask({ at }: Stage, options: ConnectionOptions): Promise<number | 'cut'> {
  return new Promise((resolve) => {
    const socket = connect({ ...at, ...options });
    const session = http2.connect(`https://${at.host}`, { createConnection: () => socket });
    const over = (how: number | 'cut'): void => {
      session.destroy();
      resolve(how);
    };
    session.on('error', () => over('cut'));
    // An alert after the client's part of the handshake does not reach the session.
    socket.on('error', () => over('cut')).on('close', () => over('cut'));
    const call = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    call.on('error', () => undefined);
    call.on('response', (headers) => over(headers[':status'] ?? 0));
    call.end(Buffer.from([0, 0, 0, 0, 0]));
  });
}

async function seen({ refusals }: Stage): Promise<PeerFault | undefined> {
  while (refusals.length === 0) await new Promise((turn) => setTimeout(turn, 5));
  return refusals[0];
}

for (const [who, options] of [
  ['by its URI', { alternativeNames: [envoyName] }],
  ['by its DNS name, in any case', { alternativeNames: ['DNS:Envoy.Bank.test'] }],
  ['with other names beside the pinned one', { alternativeNames: ['DNS:x.test', envoyName] }],
] as const)
  test(`Envoy is served: ${who}`, async (t) => {
    const staged = await stage(t);
    assert.equal(await ask(staged, speaking({ ...options })), 200);
    assert.deepEqual(staged.refusals, []);
  });

test('a connection under TLS 1.2 is served, under TLS 1.1 it is not', async (t) => {
  const staged = await stage(t);
  assert.equal(await ask(staged, { ...envoy(), maxVersion: 'TLSv1.2' }), 200);
  const old = { ...envoy(), minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
  assert.equal(await ask(staged, old), 'cut');
});

const strangers: Record<string, readonly [ConnectionOptions, PeerFault]> = {
  'no certificate': [speaking('no certificate'), 'no_certificate'],
  'a certificate of another authority, with the right name': [
    speaking({ alternativeNames: [envoyName] }, foreign),
    'not_trusted',
  ],
  'another name of the right authority': [speaking({ alternativeNames: ['URI:spiffe://bank/other'] }), 'wrong_name'],
  'the pinned name as CN only': [speaking({ name: 'envoy.bank.test' }), 'wrong_name'],
  'a name that only begins like it': [speaking({ alternativeNames: [`${envoyName}/x`] }), 'wrong_name'],
  'a wildcard over it': [speaking({ alternativeNames: ['DNS:*.bank.test'] }), 'wrong_name'],
  'a second entry hidden in the first': [speaking({ alternativeNames: [`DNS:x, ${envoyName}`] }), 'wrong_name'],
  'a zero byte behind the name': [speaking({ alternativeNames: ['DNS:envoy.bank.test\0.evil.test'] }), 'wrong_name'],
  'two SPIFFE identities': [speaking({ alternativeNames: [envoyName, 'URI:spiffe://bank/b'] }), 'wrong_name'],
  'a certificate for servers': [speaking({ alternativeNames: [envoyName], use: 'server' }), 'not_for_clients'],
  'an expired certificate': [
    speaking({ alternativeNames: [envoyName], notAfter: new Date(Date.now() - 60_000) }),
    'expired',
  ],
  'one that is not valid yet': [
    speaking({
      alternativeNames: [envoyName],
      notBefore: new Date(Date.now() + dayMs),
      notAfter: new Date(Date.now() + 2 * dayMs),
    }),
    'not_yet_valid',
  ],
  'no protocol at all': [{ ...envoy(), ALPNProtocols: [] }, 'not_http2'],
  'HTTP/1.1': [{ ...envoy(), ALPNProtocols: ['http/1.1'] }, 'not_http2'],
};
for (const [who, [options, fault]] of Object.entries(strangers))
  test(`refused before HTTP/2, health too: ${who}`, async (t) => {
    const staged = await stage(t);
    assert.equal(await ask(staged, options), 'cut');
    assert.equal(await seen(staged), fault);
  });

test('plain text gets nothing', async (t) => {
  const staged = await stage(t);
  const socket = connectPlain(staged.at);
  socket.on('error', () => undefined);
  socket.end('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n').resume();
  assert.equal(await seen(staged), 'not_tls');
});

test('a session is never resumed: each connection proves its name anew', async (t) => {
  const staged = await stage(t);
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const open = async (session?: Buffer): Promise<readonly [TLSSocket, Buffer | undefined]> => {
      const socket = connect({ ...staged.at, ...envoy(), maxVersion, ...(session && { session }) });
      const sessions: Buffer[] = [];
      socket.on('session', (data) => void sessions.push(data)).on('error', () => undefined);
      await new Promise((resolve) => socket.once('data', resolve));
      return [socket, sessions.at(-1) ?? socket.getSession()];
    };
    const [first, session] = await open();
    const [second] = await open(session);
    assert.equal(second.isSessionReused(), false, maxVersion);
    for (const socket of [first, second]) socket.destroy();
  }
  assert.deepEqual(staged.refusals, []);
});

test('a thousand refusals are counted one by one, and logged once', async (t) => {
  const staged = await stage(t);
  const refused = new RefusedPeers(
    { warn: (fields: object) => void staged.lines.push(fields) },
    () => 1,
    () => undefined,
  );
  for (let count = 0; count < 1000; count++) refused.note('wrong_name', '10.0.0.9');
  assert.deepEqual(staged.lines, [{ reason: 'wrong_name', remote: '10.0.0.9', unsaid: 0 }]);
});

test('new files serve new connections without a restart, bad ones change nothing', async (t) => {
  const staged = await stage(t);
  const { own, reloads, clientCa } = staged;
  const next = makeAuthority('next');
  const trusting = { ...envoy(), ca: next.certificate };
  assert.equal(await ask(staged, trusting), 'cut');

  writeFileSync(own.certificate, 'nothing');
  await until(() => reloads.length === 1);
  assert.deepEqual(reloads, [false]);
  assert.equal(await ask(staged, envoy()), 200);

  // As a mounted secret is replaced: another folder behind the names.
  const renewed = mkdtempSync(join(staged.place, 'renewed-'));
  const files = writeIssued(renewed, 'server', next.issue({ alternativeNames: ['DNS:proc.test'] }));
  for (const [from, to] of [
    [files.certificate, own.certificate],
    [files.key, own.key],
  ] as const) {
    symlinkSync(from, `${to}.new`);
    renameSync(`${to}.new`, to);
  }
  await until(() => reloads.at(-1) === true);
  assert.equal(await ask(staged, trusting), 200);

  // Envoy's authority is exchanged: who was trusted is not any more.
  writeFileSync(clientCa, foreign.certificate);
  await until(() => reloads.filter(Boolean).length === 2);
  assert.equal(await ask(staged, { ...envoy(), ca: next.certificate }), 'cut');
  const other = speaking({ alternativeNames: [envoyName] }, foreign);
  assert.equal(await ask(staged, { ...other, ca: next.certificate }), 200);
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((turn) => setTimeout(turn, 10));
}
