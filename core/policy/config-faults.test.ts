import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { peerNameWords } from '../identity/peer-name.ts';
import { loadConfiguration } from './load-config.ts';

const load = (text: string) => loadConfiguration({ name: 'countersign.yaml', text }, '/etc/countersign');
const faults = (text: string) => {
  const result = load(text);
  return result.ok ? [] : result.error.map(({ line, column, message }) => `${line}:${column}: ${message}`);
};
const tls = '{ certificate: a, key: b, client_ca: c, client_san: envoy.test }';
const notKnown = (value: string, known: string): string =>
  `2:29: "${value}" is not a value that this version implements; known: ${known}`;
const issuer = 'issuers: [{ issuer: "https://idp.test", audience: inference }]\n';

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
  ['records that go at once', `${issuer}ledger: { keep: 12h }`, '2:17: "12h": at least 1d'],
  [
    'records that Kafka forgets before they go here',
    `${issuer}kafka: { brokers: ["k:9092"], retention: 7 days }\nledger: { keep: 7d }`,
    '2:42: topics keep records for 7 days, ledgers for 7d',
  ],
  ['an anchor without a place', `${issuer}ledger: { anchor: { every: 1m } }`, '2:11: missing key "directory"'],
  [
    'durability, which is an endpoint’s',
    `${issuer}kafka: { brokers: ["k:1"], durability: broker }`,
    '2:28: unknown key "durability"',
  ],
  ['a header that is none', `${issuer}identity_headers: ["a b"]`, '2:20: "a b" is not an HTTP header name'],
  ['an empty file', '# nothing\n', '1:1: the file is empty'],
];

describe('countersign.yaml is refused, with its line and column, for', () => {
  for (const [name, text, ...expected] of table) it(name, () => assert.deepEqual(faults(text), expected));
});
