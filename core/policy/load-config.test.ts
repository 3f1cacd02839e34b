import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadConfiguration, resolvePath } from './load-config.ts';

const load = (text: string) => loadConfiguration({ name: 'countersign.yaml', text }, '/etc/countersign');
const issuer = 'issuers: [{ issuer: "https://idp.test", audience: inference }]\n';

describe('countersign.yaml', () => {
  it('needs an issuer and an audience; everything else has a safe default', () => {
    const result = load(issuer);
    assert.deepEqual(result.ok && result.value, {
      issuers: [
        {
          issuer: 'https://idp.test',
          audience: ['inference'],
          algorithms: ['RS256', 'PS256', 'ES256'],
          jwksUri: undefined,
          groupsClaim: 'groups',
          requireAccessTokenType: false,
          jwksMaxStaleMs: 86_400_000,
        },
      ],
      listeners: {
        authz: '127.0.0.1:9191',
        proc: ['127.0.0.1:9192'],
        console: '127.0.0.1:9193',
        socketAccess: 'owner',
        tls: undefined,
      },
      limits: {
        requestBytes: 8 * 1024 ** 2,
        spill: { directory: '/etc/countersign/spill', bytes: 4 * 1024 ** 3 },
        payloadBytes: 1024 ** 2,
        responseEventBytes: 1024 ** 2,
        responseMessageBytes: 4 * 1024 ** 2,
        decodedBytes: 64 * 1024 ** 2,
        expansionRatio: 100,
        holdsPerSubject: 10,
        tokenBytes: 16 * 1024,
      },
      anonymousRefusals: { perSource: 30, total: 300 },
      ledger: { directory: '/etc/countersign/ledger', keepMs: undefined, anchor: undefined },
      keys: {
        handOff: '/etc/countersign/keys/hand-off.key',
        digest: '/etc/countersign/keys/digest.key',
        payload: '/etc/countersign/keys/payload.json',
        private: '/etc/countersign/keys/private',
        masking: '/etc/countersign/keys/masking.key',
        ledger: '/etc/countersign/keys/ledger.key',
      },
      credentials: [],
      kafka: undefined,
      approvals: { store: '/etc/countersign/approvals.db', url: 'http://127.0.0.1:9193', abandonedMs: 120_000 },
      identityHeaders: [],
    });
  });

  it('takes every value that is written', () => {
    const result = load(`
issuers:
  - { issuer: "http://127.0.0.1:8080/realms/a", audience: [a, b], algorithms: [EdDSA], jwks_uri: "http://localhost:1/k?x=1", groups_claim: roles, require_access_token_type: true, jwks_max_stale: 1h }
listeners: { authz: "127.0.0.2:0", proc: ["localhost:1", "[::1]:2", "unix:run/../p.sock", "10.0.0.1:4"], console: "127.0.0.1:3", socket_access: group, tls: { certificate: tls/tls.crt, key: ../tls/tls.key, client_ca: ca.pem, client_san: ["spiffe://bank/envoy", envoy.bank.test] } }
limits: { request_bytes: 512 KiB, spill: { directory: ../spill, bytes: 1 GiB }, payload_bytes: 3 MiB, response_event_bytes: 1, response_message_bytes: 2, decoded_bytes: 1GiB, expansion_ratio: 20, holds_per_subject: 3, token_bytes: 8192 B }
anonymous_refusals: { per_source: 2, total: 7 }
ledger: { directory: /var/lib/countersign/../ledger, keep: 30d, anchor: { directory: /mnt/once, every: 30s, timestamp: { url: "http://tsa.test/tsr", ca: tsa.pem } } }
keys: { hand_off: ../a, digest: ./b, payload: c, private: /mnt/p, masking: /run/m, ledger: l }
credentials: [{ name: scoring-key, header: X-Api-Key, prefix: "", file: k }, { name: other, file: /run/secrets/o }]
kafka: { brokers: ["kafka-1:9092"], client_id: cs, topic_prefix: cs, partitions: 3, retention: 7 years, acknowledge_within: 3s, tls: { ca: ca.pem, certificate: /c.pem, key: c.key }, sasl: { mechanism: SCRAM-SHA-256, username: gw, password: { file: pw } } }
approvals: { store: s.db, url: "https://approvals.test", abandoned: 1m }
identity_headers: [X-User, x-user, X-Groups]
`);
    assert.ok(result.ok, JSON.stringify(result));
    const { value } = result;
    assert.deepEqual(value.anonymousRefusals, { perSource: 2, total: 7 });
    assert.deepEqual(value.issuers[0]?.audience, ['a', 'b']);
    assert.deepEqual(value.listeners, {
      authz: '127.0.0.2:0',
      proc: ['localhost:1', '[::1]:2', 'unix:/etc/countersign/p.sock', '10.0.0.1:4'],
      console: '127.0.0.1:3',
      socketAccess: 'group',
      tls: {
        certificate: '/etc/countersign/tls/tls.crt',
        key: '/etc/tls/tls.key',
        clientCa: '/etc/countersign/ca.pem',
        clientSan: ['spiffe://bank/envoy', 'envoy.bank.test'],
      },
    });
    assert.deepEqual(Object.values(value.limits), [
      524_288,
      { directory: '/etc/spill', bytes: 1024 ** 3 },
      3 * 1024 ** 2,
      1,
      2,
      1024 ** 3,
      20,
      3,
      8192,
    ]);
    assert.deepEqual(value.ledger, {
      directory: '/var/lib/ledger',
      keepMs: 2_592_000_000,
      anchor: {
        directory: '/mnt/once',
        everyMs: 30_000,
        timestamp: { url: 'http://tsa.test/tsr', ca: '/etc/countersign/tsa.pem' },
      },
    });
    assert.deepEqual(value.keys, {
      handOff: '/etc/a',
      digest: '/etc/countersign/b',
      payload: '/etc/countersign/c',
      private: '/mnt/p',
      masking: '/run/m',
      ledger: '/etc/countersign/l',
    });
    assert.deepEqual(value.credentials, [
      { name: 'scoring-key', header: 'x-api-key', prefix: '', file: '/etc/countersign/k' },
      { name: 'other', header: 'authorization', prefix: 'Bearer ', file: '/run/secrets/o' },
    ]);
    assert.deepEqual(value.kafka, {
      client: 'kafkajs',
      brokers: ['kafka-1:9092'],
      clientId: 'cs',
      topicPrefix: 'cs',
      partitions: 3,
      retentionMs: 7 * 366 * 86_400_000,
      acknowledgeWithinMs: 3_000,
      tls: { ca: '/etc/countersign/ca.pem', identity: { certificate: '/c.pem', key: '/etc/countersign/c.key' } },
      sasl: { mechanism: 'SCRAM-SHA-256', username: 'gw', password: { file: '/etc/countersign/pw' } },
    });
    assert.deepEqual(value.approvals, {
      store: '/etc/countersign/s.db',
      url: 'https://approvals.test',
      abandonedMs: 60_000,
    });
    assert.deepEqual(value.identityHeaders, ['x-user', 'x-groups']);
  });

  it('resolves paths from its own folder', () => {
    assert.equal(resolvePath('/a/b', 'c'), '/a/b/c');
    assert.equal(resolvePath('/a/b', '../../../c/./d'), '/c/d');
    assert.equal(resolvePath('/a/b', '/c//d/'), '/c/d');
  });
});
