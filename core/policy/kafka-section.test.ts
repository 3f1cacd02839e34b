import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadConfiguration } from './load-config.ts';

const load = (kafka: string) => {
  const text = `issuers: [{ issuer: "https://idp.test", audience: inference }]\nkafka: { ${kafka} }`;
  return loadConfiguration({ name: 'countersign.yaml', text }, '/etc/countersign');
};

const secretPlace = 'where a secret is, { file: PATH } or { env: NAME }; never the secret itself';
const mechanisms = 'SCRAM-SHA-512, SCRAM-SHA-256 or OAUTHBEARER';
const refused = {
  'a certificate without its key': ['tls: { certificate: a }', '52: certificate without key'],
  'a key without its certificate': ['tls: { key: a }', '44: key without certificate'],
  'a login in clear over the network': [
    'sasl: { mechanism: SCRAM-SHA-512, username: u, password: { env: P } }',
    '32: a login at kafka:1 without kafka.tls',
  ],
  'a login of another kind': ['tls: {}, sasl: { mechanism: GSSAPI }', `60: expected ${mechanisms}, found "GSSAPI"`],
  'a login of no kind': ['tls: {}, sasl: { username: u }', '41: missing key "mechanism"'],
  'a password in the file itself, which is not repeated': [
    'tls: {}, sasl: { mechanism: SCRAM-SHA-512, username: u, password: hunter2 }',
    `98: expected ${secretPlace}, found a value`,
  ],
  'a client of another kind': [
    'client: librdkafka',
    '40: "librdkafka" is not a value that this version implements; known: kafkajs, platformatic',
  ],
  'a password in two places': [
    'tls: {}, sasl: { mechanism: SCRAM-SHA-512, username: u, password: { file: a, env: B } }',
    `98: a mapping: ${secretPlace}`,
  ],
  'a misspelt part of a login': [
    'tls: {}, sasl: { mechanism: OAUTHBEARER, token_url: "https://i.test/t", client_id: a, client_secret: { env: B }, scop: x }',
    '145: unknown key "scop"',
  ],
  'a token endpoint without TLS': [
    'tls: {}, sasl: { mechanism: OAUTHBEARER, token_url: "http://i.test/t", client_id: a, client_secret: { env: B } }',
    '84: "http://i.test/t": must be an https URL (http on loopback only)',
  ],
};

describe('the section kafka is refused, with its line and column, for', () => {
  it('a broker without port', () => {
    const result = load('brokers: [kafka]');
    assert.deepEqual(result.ok ? [] : result.error.map(({ message }) => message), ['"kafka": a broker is HOST:PORT']);
  });
  for (const [name, [rest, expected]] of Object.entries(refused)) {
    it(name, () => {
      const result = load(`brokers: ["kafka:1"], ${rest}`);
      const found = result.ok ? [] : result.error.map(({ line, column, message }) => `${line}:${column}: ${message}`);
      assert.deepEqual(found, [`2:${expected}`]);
    });
  }
});

describe('the section kafka takes', () => {
  it('a login by OAUTHBEARER, with its secret in the environment', () => {
    const login = 'token_url: "https://idp.test/token", client_id: gw, client_secret: { env: SECRET }, scope: kafka';
    const result = load(`brokers: ["kafka:1"], tls: {}, sasl: { mechanism: OAUTHBEARER, ${login} }`);
    assert.ok(result.ok);
    assert.deepEqual(result.value.kafka?.sasl, {
      mechanism: 'OAUTHBEARER',
      tokenUrl: 'https://idp.test/token',
      clientId: 'gw',
      clientSecret: { env: 'SECRET' },
      scope: 'kafka',
    });
    assert.deepEqual(result.value.kafka?.tls, { ca: undefined, identity: undefined });
  });

  it('another client than kafkajs, which is the default', () => {
    const clientOf = (rest: string) => {
      const result = load(`brokers: ["kafka:1"]${rest}`);
      return result.ok ? result.value.kafka?.client : result.error;
    };
    assert.equal(clientOf(''), 'kafkajs');
    assert.equal(clientOf(', client: platformatic'), 'platformatic');
  });

  it('a login without TLS on loopback, and TLS without a login', () => {
    const login = 'sasl: { mechanism: SCRAM-SHA-256, username: u, password: { env: P } }';
    assert.ok(load(`brokers: ["127.0.0.1:9092", "localhost:9092"], ${login}`).ok);
    assert.ok(load('brokers: ["kafka:9093"], tls: { certificate: c, key: k }').ok);
  });
});
