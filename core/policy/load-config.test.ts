import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { peerNameWords } from '../identity/peer-name.ts';
import { loadConfiguration, resolvePath } from './load-config.ts';

const load = (text: string) => loadConfiguration({ name: 'countersign.yaml', text }, '/etc/countersign');
const faults = (text: string) => {
  const result = load(text);
  return result.ok ? [] : result.error.map(({ line, column, message }) => `${line}:${column}: ${message}`);
};
const tls = '{ certificate: a, key: b, client_ca: c, client_san: envoy.test }';
const notKnown = (value: string, known: string): string =>
  `2:29: "${value}" is not a value that this version implements; known: ${known}`;
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
      ledger: { directory: '/etc/countersign/ledger', anchor: undefined },
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
ledger: { directory: /var/lib/countersign/../ledger, anchor: { directory: /mnt/once, every: 30s, timestamp: { url: "http://tsa.test/tsr", ca: tsa.pem } } }
keys: { hand_off: ../a, digest: ./b, payload: c, private: /mnt/p, masking: /run/m, ledger: l }
credentials: [{ name: scoring-key, header: X-Api-Key, prefix: "", file: k }, { name: other, file: /run/secrets/o }]
kafka: { brokers: ["kafka-1:9092"], client_id: cs, topic_prefix: cs, partitions: 3 }
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
    assert.deepEqual(value.kafka, { brokers: ['kafka-1:9092'], clientId: 'cs', topicPrefix: 'cs', partitions: 3 });
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

const one = (text: string) => `issuers: [{ issuer: "https://idp.test", audience: a, ${text} }]`;
const algorithms = 'RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA';
const url = 'must be an https URL without user, query or fragment (http on loopback only)';
const table: readonly (readonly [name: string, text: string, ...expected: string[]])[] = [
  ['no issuers', 'limits: {}', '1:1: missing key "issuers"'],
  ['an empty list of issuers', 'issuers: []', '1:10: must not be empty'],
  ['no audience', 'issuers: [{ issuer: "https://idp.test" }]', '1:11: missing key "audience"'],
  [
    'an issuer over plain http',
    'issuers: [{ issuer: "http://idp.test", audience: a }]',
    `1:21: "http://idp.test": ${url}`,
  ],
  [
    'a host that only begins like loopback',
    'issuers: [{ issuer: "http://127.0.0.1.evil.test", audience: a }]',
    `1:21: "http://127.0.0.1.evil.test": ${url}`,
  ],
  [
    'an issuer with user info',
    'issuers: [{ issuer: "http://localhost@evil.test", audience: a }]',
    `1:21: "http://localhost@evil.test": ${url}`,
  ],
  [
    'an issuer with a query',
    'issuers: [{ issuer: "https://idp.test/?a", audience: a }]',
    `1:21: "https://idp.test/?a": ${url}`,
  ],
  [
    'the same issuer twice',
    `issuers:\n  - { issuer: "https://idp.test", audience: a }\n  - { issuer: "https://idp.test", audience: b }`,
    '3:15: issuer "https://idp.test" is defined twice',
  ],
  [
    'no signature at all',
    one('algorithms: [none]'),
    `1:67: "none" is not a value that this version implements; known: ${algorithms}`,
  ],
  [
    'a shared secret',
    one('algorithms: [HS256]'),
    `1:67: "HS256" is not a value that this version implements; known: ${algorithms}`,
  ],
  [
    'keys over plain http',
    one('jwks_uri: "http://keys.test/k"'),
    '1:64: "http://keys.test/k": must be an https URL (http on loopback only)',
  ],
  ['introspection', one('introspection: {}'), '1:54: "introspection" is not implemented in this version'],
  [
    'a listener for everybody',
    `${issuer}listeners: { authz: "0.0.0.0:9191" }`,
    '2:21: 0.0.0.0:9191 can be reached from other machines, and there is no listeners.tls',
  ],
  [
    'a listener without port',
    `${issuer}listeners: { authz: "127.0.0.1" }`,
    '2:21: "127.0.0.1": a listener is HOST:PORT, such as 127.0.0.1:9191, or unix:/path/of.sock',
  ],
  [
    'one bad listener of several',
    `${issuer}listeners: { proc: ["127.0.0.1:1", "10.0.0.1:2"] }`,
    '2:36: 10.0.0.1:2 can be reached from other machines, and there is no listeners.tls',
  ],
  [
    'a console for everybody, TLS or not',
    `${issuer}listeners: { console: "10.0.0.1:1", tls: ${tls} }`,
    '2:23: "10.0.0.1:1": the console listens on loopback only; put a TLS proxy in front',
  ],
  [
    'a console on a Unix socket',
    `${issuer}listeners: { console: "unix:/run/c.sock" }`,
    '2:23: "unix:/run/c.sock": the console listens on HOST:PORT, such as 127.0.0.1:9193',
  ],
  [
    'a Unix socket that is a URL',
    `${issuer}listeners: { authz: "unix://run/a.sock" }`,
    '2:21: "unix://run/a.sock": a listener is HOST:PORT, such as 127.0.0.1:9191, or unix:/path/of.sock',
  ],
  [
    'a Unix socket whose path the kernel would cut',
    `${issuer}listeners: { authz: "unix:${'x'.repeat(120)}" }`,
    `2:21: /etc/countersign/${'x'.repeat(120)} is too long for a Unix socket`,
  ],
  [
    'two listeners at one address',
    `${issuer}listeners: { authz: "unix:a", proc: ["127.0.0.1:1", "127.0.0.1:1", "unix:./a"] }`,
    '2:53: 127.0.0.1:1 is listened on twice',
    '2:68: unix:./a is listened on twice',
  ],
  ['sockets for everybody', `${issuer}listeners: { socket_access: all }`, notKnown('all', 'owner, group')],
  [
    'TLS without a name to pin',
    `${issuer}listeners: { tls: { certificate: a, key: b, client_ca: c } }`,
    '2:14: missing key "client_san"',
  ],
  [
    'TLS with an empty list of names',
    `${issuer}listeners: { tls: { certificate: a, key: b, client_ca: c, client_san: [] } }`,
    '2:71: must not be empty',
  ],
  ...['"*.bank.test"', '10.0.0.1', '"spiffe://"', '"spiffe://bank/a, DNS:b"', '"CN=envoy"', '""'].map(
    (name): readonly [string, string, string] => [
      `the pinned name ${name}`,
      `${issuer}listeners: { tls: { certificate: a, key: b, client_ca: c, client_san: [envoy.test, ${name}] } }`,
      `2:84: ${name.startsWith('"') ? name : `"${name}"`}: ${peerNameWords}`,
    ],
  ),
  [
    'a size in thousands',
    `${issuer}limits: { request_bytes: 8MB }`,
    '2:26: expected a size such as 512 KiB or 8 MiB (B, KiB, MiB, GiB), found "8MB"',
  ],
  ['a size of nothing', `${issuer}limits: { token_bytes: 0 }`, '2:24: at least 1'],
  ['a misspelt limit', `${issuer}limits: { token_byts: 1 }`, '2:11: unknown key "token_byts"'],
  [
    'a time without unit',
    `${issuer}approvals: { abandoned: 120 }`,
    '2:25: expected a duration with its unit, such as 240s, 30m or 24h (ms, s, m, h, d), found "120"',
  ],
  [
    'a credential in the file itself',
    `${issuer}credentials: [{ name: k, value: s3cret }]`,
    '2:15: missing key "file"',
    '2:26: unknown key "value"',
  ],
  [
    'a credential in a header of Envoy’s',
    `${issuer}credentials: [{ name: k, file: f, header: X-Envoy-Retry-On }]`,
    '2:43: "X-Envoy-Retry-On": this header is not free: it belongs to HTTP, to Envoy or to us',
  ],
  [
    'two credentials of one name',
    `${issuer}credentials: [{ name: k, file: f }, { name: k, file: g }]`,
    '2:45: name "k" is defined twice',
  ],
  [
    'a time-stamping authority with user info',
    `${issuer}ledger: { anchor: { directory: a, timestamp: { url: "http://me@tsa.test/", ca: c } } }`,
    '2:53: "http://me@tsa.test/" is not an http or https URL without user or fragment',
  ],
  ['an anchor without a place', `${issuer}ledger: { anchor: { every: 1m } }`, '2:11: missing key "directory"'],
  ['a broker without port', `${issuer}kafka: { brokers: [kafka] }`, '2:20: "kafka": a broker is HOST:PORT'],
  [
    'waiting for the broker',
    `${issuer}kafka: { brokers: ["k:1"], durability: broker }`,
    '2:28: "durability" is not implemented in this version',
  ],
  ['a header that is none', `${issuer}identity_headers: ["a b"]`, '2:20: "a b" is not an HTTP header name'],
  ['an empty file', '# nothing\n', '1:1: the file is empty'],
];

describe('countersign.yaml is refused, with its line and column, for', () => {
  for (const [name, text, ...expected] of table) it(name, () => assert.deepEqual(faults(text), expected));
});
