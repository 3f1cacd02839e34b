/** The ways from Envoy to the services besides plain loopback: Unix sockets, and mutual TLS. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { makeAuthority, writeIssued } from '@countersign/adapters/listen/test/certificates.ts';
import { type Answer, call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';

async function ask(gateway: Gateway): Promise<Answer> {
  const token = await gateway.issuer.token('ana', ['analysts']);
  return call({ port: gateway.port, path: '/text/a', token, body: 'x' });
}

describe('Unix sockets', () => {
  const socketOf = (service: string, replica: string, directory: string): string =>
    `unix:${join(directory, `${service.slice(0, 4)}-${replica}.sock`)}`;

  test('calls go through; a process killed and started again on its socket is found again', async (t) => {
    const gateway = await startTestGateway({ policy: assistantPolicy, procs: 2, listen: socketOf });
    t.after(() => gateway.stop());
    assert.equal((await ask(gateway)).status, 200);
    const sockets = ['auth-0', 'proc-0', 'proc-1'].map((name) => join(gateway.directory, `${name}.sock`));
    for (const socket of sockets) assert.equal(statSync(socket).mode & 0o777, 0o600);

    for (const index of [0, 1]) await gateway.procs[index]?.end('SIGKILL');
    await gateway.authz.end('SIGKILL');
    assert.equal((await ask(gateway)).status, 500);
    for (const socket of sockets) assert.ok(existsSync(socket), 'a killed process leaves its socket');
    await Promise.all([gateway.restartProc(0), gateway.restartProc(1), gateway.restartAuthz(0)]);
    // Envoy's workers hear of it a moment after its own count says so.
    await until('calls go through again', async () => (await ask(gateway)).status === 200);

    await gateway.procs[1]?.end('SIGTERM');
    assert.equal(existsSync(join(gateway.directory, 'proc-1.sock')), false, 'a stopped one takes it along');
    // Without a drain delay Envoy may not have asked yet.
    const left = (): Promise<number> => gateway.stat('cluster.countersign-proc.membership_healthy');
    await until('Envoy has seen that one is gone', async () => (await left()) === 1);
    await until('calls go to the other one', async () => (await ask(gateway)).status === 200);
  });
});

describe('mutual TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-links-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const [envoys, services, strangers] = ['envoys', 'services', 'strangers'].map((name) => {
    const authority = makeAuthority(name);
    writeFileSync(join(folder, `${name}.pem`), authority.certificate);
    return authority;
  });
  const own = writeIssued(folder, 'service', services?.issue({ alternativeNames: ['DNS:countersign.test'] }) ?? fail());
  const alternativeNames = ['URI:spiffe://bank/envoy'];
  const client = (by: typeof envoys, name: string, names = alternativeNames) => {
    const { certificate, key } = writeIssued(
      folder,
      name,
      by?.issue({ use: 'client', alternativeNames: names }) ?? fail(),
    );
    return { certificateFile: certificate, keyFile: key };
  };
  const listenersTls = JSON.stringify({
    ...own,
    client_ca: join(folder, 'envoys.pem'),
    client_san: 'spiffe://bank/envoy',
  });
  const trusting = { caFile: join(folder, 'services.pem'), serverNames: ['countersign.test'] };
  const start = (serviceTls: Parameters<typeof startTestGateway>[0]['serviceTls'], awaitHealthy = true) =>
    startTestGateway({
      policy: assistantPolicy,
      listen: () => '127.0.0.3:0',
      listenersTls,
      awaitHealthy,
      ...(serviceTls === undefined ? {} : { serviceTls }),
    });

  test('with its own certificate Envoy is served', async (t) => {
    const gateway = await start({ ...client(envoys, 'envoy'), ...trusting });
    t.after(() => gateway.stop());
    assert.equal((await ask(gateway)).status, 200);
    assert.ok((await gateway.stat('cluster.countersign-proc.ssl.handshake')) > 0);
  });

  const refused = {
    'an Envoy under another name': { ...client(envoys, 'other', ['URI:spiffe://bank/other']), ...trusting },
    'an Envoy of another authority': { ...client(strangers, 'stranger'), ...trusting },
    'an Envoy without TLS': undefined,
    'services under another name than Envoy expects': {
      ...client(envoys, 'strict'),
      ...trusting,
      serverNames: ['elsewhere.test'],
    },
  };
  for (const [who, serviceTls] of Object.entries(refused))
    test(`${who}: no call passes, and no health check`, async (t) => {
      const gateway = await start(serviceTls, false);
      t.after(() => gateway.stop());
      await until(
        'Envoy has tried',
        async () => (await gateway.stat('cluster.countersign-authz.health_check.failure')) > 0,
      );
      assert.equal((await ask(gateway)).status, 500);
      assert.equal(gateway.model.reached.length, 0);
    });
});

function fail(): never {
  throw new Error('unreachable: made above');
}
