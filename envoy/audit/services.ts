import { isIP } from 'node:net';
import { authzType, procType } from './filters.ts';
import { type Finding, type Report, reportAt } from './finding.ts';
import { at, isOn, type JsonObject, listAt, objectAt, textAt, typeOf } from './json.ts';

const tlsType = 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext';

/** The clusters that the two filters call, by the managers that have them. */
export function serviceClusters(filters: readonly unknown[]): readonly string[] {
  return filters
    .map((filter) => objectAt(filter, 'typed_config'))
    .filter((config) => [authzType, procType].includes(typeOf(config)))
    .map((config) => textAt(config, 'grpc_service', 'envoy_grpc', 'cluster_name'))
    .filter((name) => name !== '');
}

/** The way to our own services: on this machine, or with names proven on both sides. Whoever stands in it gets every body. */
export function auditServices(names: ReadonlySet<string>, clusters: readonly JsonObject[], findings: Finding[]): void {
  for (const cluster of clusters) {
    const name = textAt(cluster, 'name');
    if (!names.has(name)) continue;
    const report = reportAt(findings, `cluster ${name}`);
    const tls = objectAt(cluster, 'transport_socket', 'typed_config');
    if (typeOf(tls) === tlsType) auditCertificate(objectAt(tls, 'common_tls_context'), report);
    else if (!staysHere(cluster)) {
      report(
        'service_in_clear',
        'calls go to a service of Countersign beyond this machine in clear: whoever is in between reads every body, and can answer in its place',
        'set listeners.tls, and a transport_socket with TLS here (deploy/README.md); or use loopback or a Unix socket',
      );
    }
  }
}

function auditCertificate(common: JsonObject, report: Report): void {
  const own = ['tls_certificates', 'tls_certificate_sds_secret_configs'].some(
    (field) => listAt(common, field).length > 0,
  );
  if (own || isOn(common, 'tls_certificate_provider_instance')) return;
  report(
    'service_without_client_certificate',
    'Envoy shows no certificate of its own to a service of Countersign, which will refuse it',
    'set common_tls_context.tls_certificates, or give it by SDS',
  );
}

/** Endpoints that come from a discovery service are not in the configuration: they may be anywhere. */
function staysHere(cluster: JsonObject): boolean {
  const endpoints = listAt(cluster, 'load_assignment', 'endpoints').flatMap((group) => listAt(group, 'lb_endpoints'));
  return endpoints.length > 0 && endpoints.every((endpoint) => isLocal(at(endpoint, 'endpoint', 'address')));
}

function isLocal(address: unknown): boolean {
  if (isOn(address, 'pipe')) return true;
  const host = textAt(address, 'socket_address', 'address');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
