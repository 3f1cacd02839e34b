/** Models behind TLS: a server that cannot prove its name gets neither the request nor the key that goes with it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeAuthority } from '@countersign/adapters/listen/test/certificates.ts';
import type { Upstream } from '../config.ts';
import { type Answer, call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';

const directory = mkdtempSync(join(tmpdir(), 'countersign-tls-'));
const authorities = { ours: makeAuthority('ours'), foreign: makeAuthority('foreign') };

interface Secured {
  readonly name: string;
  readonly authority: keyof typeof authorities;
  readonly alternativeName: string;
  /** What the gateway is told the model is called. */
  readonly host: string;
}
const ours = 'ours';
const servers = [
  { name: 'name', authority: ours, alternativeName: 'DNS:localhost', host: 'localhost' },
  { name: 'address', authority: ours, alternativeName: 'IP:127.0.0.1', host: '127.0.0.1' },
  { name: 'foreign', authority: 'foreign', alternativeName: 'DNS:localhost', host: 'localhost' },
  { name: 'other-name', authority: ours, alternativeName: 'DNS:other.test', host: 'localhost' },
  { name: 'other-address', authority: ours, alternativeName: 'IP:127.0.0.9', host: '127.0.0.1' },
  { name: 'name-for-address', authority: ours, alternativeName: 'DNS:localhost', host: '127.0.0.1' },
] as const satisfies readonly Secured[];

const received: { readonly path: string; readonly protocol: unknown; readonly serverName: unknown }[] = [];
const running: Server[] = [];
let gateway: Gateway | undefined;
let token: string;

async function startSecured({ name, authority, alternativeName, host }: Secured): Promise<Upstream> {
  const { key, certificate } = authorities[authority].issue({ use: 'server', alternativeNames: [alternativeName] });
  const server = createServer({ key, cert: certificate, ALPNProtocols: ['http/1.1'] });
  server.on('request', ({ url = '', socket }, response) => {
    const { alpnProtocol, servername } = Object.assign({ alpnProtocol: undefined, servername: undefined }, socket);
    received.push({ path: url, protocol: alpnProtocol, serverName: servername });
    response.end('answered');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  running.push(server);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const tls = { caFile: join(directory, `${ours}.pem`) };
  return { name: `tls-${name}`, domain: '*', prefix: `/text/${name}/`, host, port, tls };
}

before(async () => {
  writeFileSync(join(directory, `${ours}.pem`), authorities.ours.certificate);
  const upstreams = await Promise.all(servers.map(startSecured));
  gateway = await startTestGateway({ policy: assistantPolicy, upstreams });
  token = await gateway.issuer.token('ana', ['analysts']);
});
after(async () => {
  await gateway?.stop();
  for (const server of running) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(directory, { recursive: true, force: true });
});

const ask = (name: string): Promise<Answer> =>
  call({ port: gateway?.port ?? 0, path: `/text/${name}/a`, token, body: 'secret' });

test('a server that proves its name is asked, by that name and in the protocol that is spoken', async () => {
  const answer = await ask('name');
  assert.equal(answer.body.toString(), 'answered');
  assert.deepEqual(received.pop(), { path: '/text/name/a', protocol: 'http/1.1', serverName: 'localhost' });
});

test('a server that proves its address is asked, without a name in the clear', async () => {
  const answer = await ask('address');
  assert.equal(answer.body.toString(), 'answered');
  assert.deepEqual(received.pop(), { path: '/text/address/a', protocol: 'http/1.1', serverName: false });
});

for (const [name, who] of [
  ['foreign', 'an authority that is not trusted'],
  ['other-name', 'the trusted authority, for another name'],
  ['other-address', 'the trusted authority, for another address'],
  ['name-for-address', 'the trusted authority, for a name where an address was asked'],
] as const) {
  test(`a certificate of ${who} gets no byte of the call: 503`, async () => {
    const answer = await ask(name);
    assert.equal(answer.status, 503);
    assert.deepEqual(received, []);
  });
}
