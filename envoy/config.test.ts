import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listAt, objectAt } from './audit/json.ts';
import { envoyConfig, type Upstream } from './config.ts';

const tls = { caFile: '/etc/ca.pem' };

/** The cluster of one upstream, as Envoy would read it. */
function clusterOf(upstream: Partial<Upstream>): unknown {
  const whole: Upstream = { name: 'model', domain: '*', prefix: '/', host: 'a.test', port: 1, tls: false, ...upstream };
  const options = { listenPort: 0, adminPort: 0, authzs: ['127.0.0.1:1'], procs: ['127.0.0.1:2'], upstreams: [whole] };
  const config: unknown = JSON.parse(JSON.stringify(envoyConfig(options)));
  return listAt(config, 'static_resources', 'clusters').at(-1);
}
const tlsOf = (upstream: Partial<Upstream>): unknown =>
  objectAt(clusterOf({ tls, ...upstream }), 'transport_socket', 'typed_config');
const expected = (kind: 'DNS' | 'IP_ADDRESS', exact: string, alpn: string): object => ({
  '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
  ...(kind === 'DNS' ? { sni: exact } : {}),
  common_tls_context: {
    alpn_protocols: [alpn],
    validation_context: {
      trusted_ca: { filename: '/etc/ca.pem' },
      match_typed_subject_alt_names: [{ san_type: kind, matcher: { exact } }],
    },
  },
});

test('TLS names the host in SNI and in what the certificate must say; the final dot of a name is in neither', () => {
  assert.deepEqual(tlsOf({ host: 'a.test' }), expected('DNS', 'a.test', 'http/1.1'));
  assert.deepEqual(tlsOf({ host: 'a.test.' }), expected('DNS', 'a.test', 'http/1.1'));
});

test('TLS to an address asks for that address, without SNI', () => {
  for (const host of ['10.1.2.3', '::1']) assert.deepEqual(tlsOf({ host }), expected('IP_ADDRESS', host, 'http/1.1'));
});

test('TLS to an HTTP/2 upstream settles on h2', () => {
  assert.deepEqual(tlsOf({ http2: true }), expected('DNS', 'a.test', 'h2'));
});

test('names are looked up, addresses are not, IPv6 included', () => {
  const types = ['a.test', '10.1.2.3', '::1'].map((host) => objectAt(clusterOf({ host }))['type']);
  assert.deepEqual(types, ['STRICT_DNS', 'STATIC', 'STATIC']);
});

test('the flag under which Envoy 1.40 crashes is nowhere (docs/adr/0007)', () => {
  const options = { listenPort: 0, adminPort: 0, authzs: ['127.0.0.1:1'], procs: ['127.0.0.1:2'], upstreams: [] };
  assert.doesNotMatch(JSON.stringify(envoyConfig(options)), /graceful/);
});
