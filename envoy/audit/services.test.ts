import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviceTlsSocket } from '../service-clusters.ts';
import { inside, reasons, sound, type } from './testing.ts';

const procCluster = ['static_resources', 'clusters', 1];

/** `sound()`, with the address of proc-service and more of its cluster as given. */
function withService(address: object | undefined, more: object = {}): unknown {
  const config = sound();
  const cluster = inside(config, procCluster);
  if (address === undefined) delete cluster['load_assignment'];
  else
    inside(config, [...procCluster, 'load_assignment', 'endpoints', 0, 'lb_endpoints', 0, 'endpoint'])['address'] =
      address;
  Object.assign(cluster, more);
  return config;
}
const tcp = (address: string): object => ({ socket_address: { address, port_value: 9192 } });
const mutual = serviceTlsSocket({ certificateFile: '/c', keyFile: '/k', caFile: '/a', serverNames: ['proc.test'] });
const typed = (context: object): object => ({
  transport_socket: {
    typed_config: { ...type('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'), ...context },
  },
});

for (const address of ['10.0.0.7', '0.0.0.0', '127.0.0.1.evil.test', 'proc.test', '::ffff:10.0.0.1'])
  test(`a service at ${address} in clear is found`, () => {
    assert.deepEqual(reasons(withService(tcp(address))), ['service_in_clear']);
  });

test('a service whose endpoints come from elsewhere is found, unless it has TLS', () => {
  assert.deepEqual(reasons(withService(undefined, { type: 'EDS' })), ['service_in_clear']);
  assert.deepEqual(reasons(withService(undefined, { type: 'EDS', transport_socket: mutual })), []);
});

for (const [name, address] of [
  ['loopback', tcp('127.0.0.9')],
  ['IPv6 loopback', tcp('::1')],
  ['a Unix socket', { pipe: { path: '/run/countersign/proc.sock' } }],
] as const)
  test(`${name} in clear: fine`, () => assert.deepEqual(reasons(withService(address)), []));

test('mutual TLS with both names: fine', () => {
  assert.deepEqual(reasons(withService(tcp('10.0.0.7'), { transport_socket: mutual })), []);
});

test('TLS without a certificate of Envoy’s own, and without knowing whom it speaks to, is found', () => {
  const trusting = { validation_context: { trusted_ca: { filename: '/a' } } };
  assert.deepEqual(reasons(withService(tcp('10.0.0.7'), typed({ common_tls_context: trusting }))), [
    'upstream_name_not_verified',
    'service_without_client_certificate',
  ]);
});

test('certificates that come by SDS: fine', () => {
  const common_tls_context = {
    tls_certificate_sds_secret_configs: [{ name: 'own' }],
    validation_context_sds_secret_config: { name: 'ca' },
  };
  assert.deepEqual(reasons(withService(tcp('10.0.0.7'), typed({ common_tls_context }))), []);
});

test('a model beyond this machine in clear is another matter', () => {
  const config = sound({ name: 'model', domain: '*', prefix: '/', host: '10.0.0.9', port: 3, tls: false });
  assert.deepEqual(reasons(config), []);
});
