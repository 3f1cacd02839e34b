/** Who may be a client of a cluster, and what an operator is told when we may not: against a real broker, with each client. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { kafkaClients } from '@countersign/core/policy/config.ts';
import { makeAuthority, writeIssued } from '../listen/test/certificates.ts';
import { createGate, type Gate } from './secured.testing.ts';
import { kafkaMissing } from './test/broker.ts';
import { type SecuredBroker, scramUser, startSecuredBroker } from './test/secured-broker.ts';
import { usualToken } from './test/token-endpoint.ts';

const skip = kafkaMissing() ?? false;
describe('against a real broker that asks who is there', { skip, timeout: 480_000 }, () => {
  let at: SecuredBroker;
  before(async () => {
    at = await startSecuredBroker();
  });
  after(() => at?.close());

  for (const client of kafkaClients) describe(client, () => passesTheGate(createGate(client, () => at)));

  const { connect, delivers, isTold, trusted, scram, oauth, secretFile } = createGate('kafkajs', () => at);

  test('a password from the environment', async (t) => {
    process.env['COUNTERSIGN_TEST_KAFKA_PASSWORD'] = scramUser.password;
    t.after(() => delete process.env['COUNTERSIGN_TEST_KAFKA_PASSWORD']);
    const password = { env: 'COUNTERSIGN_TEST_KAFKA_PASSWORD' };
    await delivers(t, at.login, { tls: trusted(), sasl: scram('SCRAM-SHA-512', password) });
  });

  test('a password that was wrong is used once its file is right, without a restart', async (t) => {
    const password = secretFile('wrong password');
    const { replica, sink } = await connect(t, at.login, { tls: trusted(), sasl: scram('SCRAM-SHA-512', password) });
    await sink.until(({ state }) => state === 'blocked');
    writeFileSync(password.file, scramUser.password);
    await replica.append(10);
    await sink.until(({ acknowledged }) => acknowledged.records === 11);
  });

  test('a secret that is not there is named by its file', (t) =>
    isTold(
      t,
      at.login,
      { tls: trusted(), sasl: { ...oauth(), clientSecret: { file: '/nowhere/secret' } } },
      'secret_unreadable',
      /\/nowhere\/secret: cannot be opened/,
    ));

  function passesTheGate({ connect, delivers, isTold, assertSilent, trusted, scram, oauth, secretFile }: Gate): void {
    for (const mechanism of ['SCRAM-SHA-512', 'SCRAM-SHA-256'] as const) {
      test(`${mechanism} over TLS: everything arrives`, (t) =>
        delivers(t, at.login, { tls: trusted(), sasl: scram(mechanism) }));
    }

    test('mutual TLS: everything arrives', async (t) => {
      const identity = writeIssued(at.folder, 'gateway', at.authority.issue({ name: 'gateway', use: 'client' }));
      await delivers(t, at.mutual, { tls: { ca: at.ca, identity }, sasl: undefined });
    });

    test('OAUTHBEARER: everything arrives, with one token for all connections', async (t) => {
      const before = at.tokens.given.length;
      await delivers(t, at.login, { tls: trusted(), sasl: oauth() });
      assert.equal(at.tokens.given.length, before + 1);
    });

    test('a token that ends while records flow is replaced: the broker never cuts the connection', async (t) => {
      t.after(() => {
        at.tokens.next = usualToken;
      });
      at.tokens.next = { ...usualToken, lifeSeconds: 9 };
      const before = at.tokens.given.length;
      const { replica, sink } = await connect(t, at.login, { tls: trusted(), sasl: oauth() });
      await sink.until(({ state }) => state === 'connected');
      const connectedAt = sink.statuses.length;
      let appended = 1;
      while (at.tokens.given.length < before + 2) {
        await replica.append(50);
        appended += 50;
        await sink.until(({ acknowledged }) => acknowledged.records === appended);
      }
      assert.equal(await replica.verifyDelivery(at.broker), 0);
      assert.deepEqual(
        // Until then a topic that was just made may not be known yet.
        sink.statuses.slice(connectedAt).filter(({ state }) => state === 'retrying' || state === 'blocked'),
        [],
      );
      assertSilent(sink.statuses);
    });

    test('a wrong password: the login was refused', (t) =>
      isTold(
        t,
        at.login,
        { tls: trusted(), sasl: scram('SCRAM-SHA-512', secretFile('wrong password')) },
        'authentication_failed',
        /refused our login: user, password/,
      ));

    test('a token for another audience: the token is not accepted, though the broker answers without an error', async (t) => {
      t.after(() => {
        at.tokens.next = usualToken;
      });
      at.tokens.next = { ...usualToken, audience: 'another' };
      await isTold(
        t,
        at.login,
        { tls: trusted(), sasl: oauth() },
        'authentication_failed',
        /does not accept the token/,
      );
    });

    test('a wrong client secret: the token endpoint refuses', (t) =>
      isTold(
        t,
        at.login,
        { tls: trusted(), sasl: oauth('wrong password') },
        'token_refused',
        /answers 401 invalid_client/,
      ));

    test('a token endpoint that is away passes by itself', (t) =>
      isTold(
        t,
        at.login,
        { tls: trusted(), sasl: { ...oauth(), tokenUrl: 'http://127.0.0.1:1/t' } },
        'token_endpoint_unreachable',
        /does not answer/,
      ));

    test('no login where one is wanted', (t) =>
      isTold(
        t,
        at.login,
        { tls: trusted(), sasl: undefined },
        'broker_unreachable',
        /kafka\.tls or kafka\.sasl is not what its listener expects/,
      ));

    test('a login where none is taken', (t) => {
      const identity = writeIssued(at.folder, 'both', at.authority.issue({ use: 'client' }));
      return isTold(
        t,
        at.mutual,
        { tls: { ca: at.ca, identity }, sasl: scram('SCRAM-SHA-512') },
        'authentication_failed',
        /takes no login/,
      );
    });

    test('plaintext to a listener of TLS', (t) =>
      isTold(t, at.login, { tls: undefined, sasl: undefined }, 'broker_unreachable', /not what its listener expects/));

    test('TLS to a plaintext listener', (t) =>
      isTold(
        t,
        at.broker.address,
        { tls: trusted(), sasl: undefined },
        'broker_unreachable',
        /not what its listener expects/,
      ));

    test('a broker of another authority', (t) => {
      const ca = join(at.folder, 'strangers.pem');
      writeFileSync(ca, makeAuthority('strangers').certificate);
      return isTold(
        t,
        at.login,
        { tls: { ca, identity: undefined }, sasl: scram('SCRAM-SHA-512') },
        'certificate_refused',
        /not one that kafka\.tls\.ca vouches for/,
      );
    });

    test('a broker of no authority that the system knows', (t) =>
      isTold(
        t,
        at.login,
        { tls: { ca: undefined, identity: undefined }, sasl: scram('SCRAM-SHA-512') },
        'certificate_refused',
        /kafka\.tls\.ca/,
      ));

    test('a broker with a certificate for another name', (t) =>
      isTold(
        t,
        at.misnamed,
        { tls: trusted(), sasl: scram('SCRAM-SHA-512') },
        'certificate_refused',
        /for another name/,
      ));

    test('no certificate where one is wanted', (t) =>
      isTold(t, at.mutual, { tls: trusted(), sasl: undefined }, 'certificate_refused', /wants a certificate of ours/));

    test('a certificate that the broker does not trust', (t) => {
      const identity = writeIssued(at.folder, 'stranger', makeAuthority('strangers').issue({ use: 'client' }));
      return isTold(
        t,
        at.mutual,
        { tls: { ca: at.ca, identity }, sasl: undefined },
        'certificate_refused',
        /wants a certificate of ours/,
      );
    });
  }
});
