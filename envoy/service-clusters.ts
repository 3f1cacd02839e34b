/** The clusters of our own services: health-checked, balanced, and over TLS with names on both sides where they ask for it. */
import { http2Protocol, socketAddress, type, wideBreaker } from './cluster-parts.ts';

/** Mutual TLS with our services: files and names as Envoy has them. */
export interface ServiceTls {
  /** Envoy's own certificate and key, PEM. Its name is what the services pin (`listeners.tls.client_san`). */
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Authorities that may vouch for the services. */
  readonly caFile: string;
  /** Exact names (URI or DNS), one of which a service's certificate must carry. */
  readonly serverNames: readonly string[];
}

/** Who Envoy is, and who its services must be. TLS 1.3: both ends are ours. */
export function serviceTlsSocket({ certificateFile, keyFile, caFile, serverNames }: ServiceTls): object {
  const [first = ''] = serverNames;
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      ...type('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'),
      ...(isUri(first) ? {} : { sni: first }),
      // Services resume no session: each connection proves both names.
      max_session_keys: 0,
      common_tls_context: {
        alpn_protocols: ['h2'],
        tls_params: { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' },
        tls_certificates: [{ certificate_chain: { filename: certificateFile }, private_key: { filename: keyFile } }],
        validation_context: {
          trusted_ca: { filename: caFile },
          match_typed_subject_alt_names: serverNames.map((name) => ({
            san_type: isUri(name) ? 'URI' : 'DNS',
            matcher: { exact: name },
          })),
        },
      },
    },
  };
}

const isUri = (name: string): boolean => name.includes('://');

/**
 * A process that hangs keeps its connections, and no other timer ends the calls on them: a hold may be silent for minutes. What
 * does not answer a PING for 10 s is cut, so its calls fail instead of waiting for ever; a drain, which fails its health check
 * too, answers them. Long enough for a process that is only busy.
 */
const cutWhatHangs = { connection_keepalive: { interval: '10s', timeout: '10s' } };

interface Service {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly healthService: string;
  readonly tls: ServiceTls | undefined;
}

export function serviceCluster({ name, addresses, healthService, tls }: Service): object {
  return {
    name,
    type: 'STATIC',
    connect_timeout: '2s',
    lb_policy: 'LEAST_REQUEST',
    typed_extension_protocol_options: http2Protocol(cutWhatHangs),
    circuit_breakers: wideBreaker,
    ...(tls === undefined || addresses.every(isPipe) ? {} : { transport_socket: serviceTlsSocket(tls) }),
    health_checks: [
      {
        timeout: '2s',
        interval: '2s',
        no_traffic_interval: '2s',
        unhealthy_threshold: 1,
        healthy_threshold: 1,
        grpc_health_check: { service_name: healthService },
      },
    ],
    // Without this a panic threshold of 50 % would send calls to processes known to be draining.
    common_lb_config: { healthy_panic_threshold: { value: 0 } },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: addresses.map(endpointOf) }] },
  };
}

const isPipe = (address: string): boolean => address.startsWith('unix:');

function endpointOf(address: string): object {
  if (isPipe(address)) return { endpoint: { address: { pipe: { path: address.slice('unix:'.length) } } } };
  const colon = address.lastIndexOf(':');
  return { endpoint: { address: socketAddress(address.slice(0, colon), Number(address.slice(colon + 1))) } };
}
