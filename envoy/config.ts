import { isIP } from 'node:net';
import { fileAccessLog } from './access-log.ts';
import { http2Protocol, socketAddress, type, wideBreaker } from './cluster-parts.ts';
import { type ServiceTls, serviceCluster } from './service-clusters.ts';

/**
 * A complete Envoy configuration with both filters, as `countersign up` runs it and the e2e tests drive it. Who has an Envoy
 * already takes the filters and clusters out of it: envoy/README.md.
 */
export interface Upstream {
  readonly name: string;
  /** Host name to match in `:authority`; `*` for any. */
  readonly domain: string;
  readonly prefix: string;
  /** Name or IP address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** `false`: plain HTTP. There is no TLS without a bundle: Envoy would take any certificate, and hand it the model's key. */
  readonly tls: false | UpstreamTls;
  readonly http2?: boolean;
}

export interface UpstreamTls {
  /** PEM file with the certificates of the authorities that may vouch for this host. */
  readonly caFile: string;
}

export interface EnvoyOptions {
  readonly listenPort: number;
  readonly adminPort: number;
  /** `host:port` or `unix:/path` of each authz-service process. */
  readonly authzs: readonly string[];
  /** The same of each proc-service process: one endpoint each, so that Envoy balances and fails over. */
  readonly procs: readonly string[];
  /** For services that have `listeners.tls`. Endpoints with a Unix socket need none. */
  readonly serviceTls?: ServiceTls;
  readonly upstreams: readonly Upstream[];
  /** File for the JSON access log; none when absent. */
  readonly accessLog?: string;
  readonly concurrency?: number;
}

const metadataNamespace = 'envoy.filters.http.ext_authz';

/** ext_authz: headers only, every header in raw bytes with duplicates kept; its own failure is 503, never a pass. */
function extAuthz(): object {
  return {
    name: 'envoy.filters.http.ext_authz',
    typed_config: {
      ...type('envoy.extensions.filters.http.ext_authz.v3.ExtAuthz'),
      transport_api_version: 'V3',
      grpc_service: { envoy_grpc: { cluster_name: 'countersign-authz' }, timeout: '10s' },
      encode_raw_headers: true,
      failure_mode_allow: false,
      status_on_error: { code: 'ServiceUnavailable' },
      validate_mutations: true,
    },
  };
}

/** ext_proc: both bodies full duplex, trailers sent, and the metadata that only ext_authz can write. */
function extProc(): object {
  return {
    name: 'envoy.filters.http.ext_proc',
    typed_config: {
      ...type('envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor'),
      grpc_service: { envoy_grpc: { cluster_name: 'countersign-proc' } },
      failure_mode_allow: false,
      // Keeps the content-length of HEAD, and the one proc-service sets for requests it has collected whole.
      allow_content_length_header: true,
      processing_mode: {
        request_header_mode: 'SEND',
        response_header_mode: 'SEND',
        request_body_mode: 'FULL_DUPLEX_STREAMED',
        response_body_mode: 'FULL_DUPLEX_STREAMED',
        request_trailer_mode: 'SEND',
        response_trailer_mode: 'SEND',
      },
      metadata_options: { forwarding_namespaces: { untyped: [metadataNamespace] } },
    },
  };
}

function route(upstream: Upstream): object {
  return {
    match: { prefix: upstream.prefix },
    // timeout counts from the end of the request, so a hold is not in it; Envoy's idle_timeout would end a hold after 5 minutes.
    // No retry policy: a retry would make one recorded call several calls of the model.
    route: { cluster: upstream.name, timeout: '0s', idle_timeout: '0s' },
  };
}

function virtualHosts(upstreams: readonly Upstream[]): object[] {
  const domains = [...new Set(upstreams.map((upstream) => upstream.domain))];
  return domains.map((domain) => ({
    name: domain === '*' ? 'any' : domain,
    domains: domain === '*' ? ['*'] : [domain, `${domain}:*`],
    routes: upstreams.filter((upstream) => upstream.domain === domain).map(route),
  }));
}

/**
 * What Envoy leaves open to a caller by default. Left at the defaults of 1.37.10 and later, because they are sound: 60 KiB and 100
 * headers, 1,024 streams on a connection, rapid-reset and frame-flood limits, a connection closed on a malformed message, TE
 * together with Content-Length refused, no upgrades, x-forwarded-client-cert removed, and nobody internal, whatever
 * x-forwarded-for says, so that nobody may ask for retries (x-envoy-retry-on).
 */
const againstHostileCallers = {
  // WSGI and CGI read x_user as x-user: what policy removed or set under one spelling would arrive under the other.
  common_http_protocol_options: { headers_with_underscores_action: 'DROP_HEADER' },
  // Slow headers hold a connection before anybody has identified the caller. Bodies are timed by proc-service: request_timeout
  // would count the wait for an approval.
  request_headers_timeout: '10s',
};

function listener(options: EnvoyOptions): object {
  const manager = {
    ...type('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'countersign',
    // Paths are not normalised: what policy decides on must be what the upstream reads, and odd ones are refused, not repaired.
    normalize_path: false,
    ...againstHostileCallers,
    http_filters: [
      extAuthz(),
      extProc(),
      { name: 'envoy.filters.http.router', typed_config: type('envoy.extensions.filters.http.router.v3.Router') },
    ],
    route_config: { virtual_hosts: virtualHosts(options.upstreams) },
    ...(options.accessLog === undefined ? {} : { access_log: [fileAccessLog(options.accessLog)] }),
  };
  return {
    name: 'inference',
    // What a caller sends comes to proc-service in messages of this size: grpc-js keeps the last one until the next comes, which for a
    // call that waits for people is its whole body at Envoy's default of 1 MiB.
    per_connection_buffer_limit_bytes: 65_536,
    address: socketAddress('127.0.0.1', options.listenPort),
    filter_chains: [{ filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] }],
  };
}

/**
 * The upstream proves its name to us before it gets a request and the key that comes with it. The protocol is fixed by ALPN
 * (ALPACA: a certificate shared with a server of another protocol).
 */
function upstreamTls({ host, http2 }: Upstream, { caFile }: UpstreamTls): object {
  const isAddress = isIP(host) !== 0;
  const name = host.replace(/\.$/, '');
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      ...type('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'),
      // RFC 6066 section 3: SNI carries names, without the final dot, and no addresses.
      ...(isAddress ? {} : { sni: name }),
      common_tls_context: {
        alpn_protocols: [http2 === true ? 'h2' : 'http/1.1'],
        validation_context: {
          trusted_ca: { filename: caFile },
          match_typed_subject_alt_names: [{ san_type: isAddress ? 'IP_ADDRESS' : 'DNS', matcher: { exact: name } }],
        },
      },
    },
  };
}

function upstreamCluster(upstream: Upstream): object {
  const { name, host, port, tls } = upstream;
  return {
    name,
    type: isIP(host) === 0 ? 'STRICT_DNS' : 'STATIC',
    // Envoy's default takes only ::1 of a localhost that is both, and most model servers listen on 127.0.0.1 alone.
    dns_lookup_family: 'V4_PREFERRED',
    connect_timeout: '5s',
    // What Envoy reads at a time of an answer is one message to proc-service, and what it holds of each when callers or masking are
    // slower than the model. With the default of 1 MiB a thousand answers were a GiB in Envoy; with 64 KiB they were 180 MiB in
    // proc-service, where HTTP/2 interleaves their messages, so that all are there in part. 16 KiB is one frame: 80 MiB, and
    // 7 % more CPU for an answer of 64 KiB.
    per_connection_buffer_limit_bytes: 16_384,
    circuit_breakers: wideBreaker,
    ...(tls === false ? {} : { transport_socket: upstreamTls(upstream, tls) }),
    ...(upstream.http2 === true ? { typed_extension_protocol_options: http2Protocol() } : {}),
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(host, port) } }] }],
    },
  };
}

/**
 * JSON for `envoy --config-path`. Loopback only; TLS towards callers is the existing mesh's business.
 *
 * `ext_proc_graceful_grpc_close` stays off, although it would save CPU: with it Envoy 1.40 crashes (docs/adr/0007).
 */
export function envoyConfig(options: EnvoyOptions): object {
  return {
    admin: { address: socketAddress('127.0.0.1', options.adminPort) },
    static_resources: {
      listeners: [listener(options)],
      clusters: [
        serviceCluster({
          name: 'countersign-authz',
          addresses: options.authzs,
          healthService: 'envoy.service.auth.v3.Authorization',
          tls: options.serviceTls,
        }),
        serviceCluster({
          name: 'countersign-proc',
          addresses: options.procs,
          healthService: 'envoy.service.ext_proc.v3.ExternalProcessor',
          tls: options.serviceTls,
        }),
        ...options.upstreams.map(upstreamCluster),
      ],
    },
  };
}
