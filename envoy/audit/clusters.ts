import { type Finding, type Report, reportAt } from './finding.ts';
import { at, isOn, type JsonObject, listAt, objectAt, textAt, typeOf } from './json.ts';

const tlsType = 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext';

/** TLS to an upstream that did not prove its name: whoever answers at its address gets the request and the model's key. */
export function auditClusters(clusters: readonly JsonObject[], findings: Finding[]): void {
  for (const cluster of clusters) {
    const report = reportAt(findings, `cluster ${textAt(cluster, 'name')}`);
    const matches = listAt(cluster, 'transport_socket_matches').map((match) => objectAt(match, 'transport_socket'));
    for (const socket of [objectAt(cluster, 'transport_socket'), ...matches]) {
      const tls = objectAt(socket, 'typed_config');
      if (typeOf(tls) === tlsType) auditTls(tls, verifiesNameItself(cluster), report);
    }
  }
}

function auditTls(tls: JsonObject, nameIsVerified: boolean, report: Report): void {
  const common = objectAt(tls, 'common_tls_context');
  // A validation context that comes by SDS is not in the configuration; what is beside it (combined) is.
  if (isOn(common, 'validation_context_sds_secret_config')) return;
  const combined = isOn(common, 'combined_validation_context');
  const context = combined
    ? objectAt(common, 'combined_validation_context', 'default_validation_context')
    : objectAt(common, 'validation_context');
  // SPIFFE and the like have their own idea of authority and name.
  if (isOn(context, 'custom_validator_config')) return;
  const authority = ['trusted_ca', 'ca_certificate_provider_instance', 'system_root_certs'].some((field) =>
    isOn(context, field),
  );
  if (!combined && !authority && !isPinned(context)) {
    report(
      'upstream_not_verified',
      'TLS without a trusted_ca takes any certificate: whoever answers gets the request and the key for the model',
      "set validation_context.trusted_ca to the authority of this upstream's certificate",
    );
  } else if (!nameIsVerified && !isOn(tls, 'auto_sni_san_validation') && !isPinned(context) && !namesHost(context)) {
    report(
      'upstream_name_not_verified',
      'TLS takes the certificate of any host that the trusted authority knows',
      'set validation_context.match_typed_subject_alt_names to the name of the upstream',
    );
  }
}

const namesHost = (context: JsonObject): boolean =>
  ['match_typed_subject_alt_names', 'match_subject_alt_names'].some((field) => listAt(context, field).length > 0);

/** The one certificate or key is named by its hash, which needs neither authority nor name. */
const isPinned = (context: JsonObject): boolean =>
  ['verify_certificate_hash', 'verify_certificate_spki'].some((field) => listAt(context, field).length > 0);

/** `auto_san_validation`: the name is the host that the request goes to. */
function verifiesNameItself(cluster: JsonObject): boolean {
  const options = objectAt(cluster, 'typed_extension_protocol_options');
  const http = Object.values(options).find((option) => isOn(option, 'upstream_http_protocol_options'));
  return at(http, 'upstream_http_protocol_options', 'auto_san_validation') === true;
}
