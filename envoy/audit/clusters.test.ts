import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inside, reasons, sound, type } from './testing.ts';

/** `sound()`, with TLS to the model as given. */
function withTls(common: object | undefined, tls: object = {}, cluster: object = {}): unknown {
  const config = sound();
  const typed = {
    ...type('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'),
    ...(common === undefined ? {} : { common_tls_context: common }),
    ...tls,
  };
  const socket = { name: 'envoy.transport_sockets.tls', typed_config: typed };
  Object.assign(inside(config, ['static_resources', 'clusters', 2]), { transport_socket: socket, ...cluster });
  return config;
}

const trusted = { trusted_ca: { filename: '/etc/ssl/certs/ca-certificates.crt' } };
const named = { match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'scoring.internal' } }] };

test('TLS that takes any certificate is found', () => {
  assert.deepEqual(reasons(withTls(undefined, { sni: 'scoring.internal' })), ['upstream_not_verified']);
  assert.deepEqual(reasons(withTls({ validation_context: named })), ['upstream_not_verified']);
});

test('TLS that takes a certificate of anybody is found', () => {
  assert.deepEqual(reasons(withTls({ validation_context: trusted })), ['upstream_name_not_verified']);
  const combined = { combined_validation_context: { validation_context_sds_secret_config: { name: 'ca' } } };
  assert.deepEqual(reasons(withTls(combined)), ['upstream_name_not_verified']);
});

test('a socket for some of the endpoints counts like one for all', () => {
  const socket = { typed_config: type('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext') };
  const config = sound();
  inside(config, ['static_resources', 'clusters', 2])['transport_socket_matches'] = [{ transport_socket: socket }];
  assert.deepEqual(reasons(config), ['upstream_not_verified']);
});

const http = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const autoSan = {
  typed_extension_protocol_options: { [http]: { upstream_http_protocol_options: { auto_san_validation: true } } },
};
for (const [name, config] of [
  ['authority and name', withTls({ validation_context: { ...trusted, ...named } })],
  [
    'authority, and the name that was asked for (SNI)',
    withTls({ validation_context: trusted }, { auto_sni_san_validation: true }),
  ],
  ['authority, and the name that the request goes to', withTls({ validation_context: trusted }, {}, autoSan)],
  ['the hash of the one certificate', withTls({ validation_context: { verify_certificate_hash: ['ab'] } })],
  ['a validator of its own (SPIFFE)', withTls({ validation_context: { custom_validator_config: { name: 'spiffe' } } })],
  ['a context from SDS, which is not visible', withTls({ validation_context_sds_secret_config: { name: 'ca' } })],
] as const) {
  test(`TLS with ${name}: fine`, () => {
    assert.deepEqual(reasons(config), []);
  });
}

test('the TLS that `countersign up` sets up is fine', () => {
  assert.deepEqual(
    reasons(sound({ name: 'model', domain: '*', prefix: '/', host: 'a', port: 3, tls: { caFile: '/c' } })),
    [],
  );
});
