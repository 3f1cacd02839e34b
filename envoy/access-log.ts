/**
 * What Envoy writes of each request, in the names that `countersign ledger reconcile` reads. No path and no query: callers write
 * values into them, and what is recorded of them is masked.
 */
import { type } from './cluster-parts.ts';

const metadataNamespace = 'envoy.filters.http.ext_authz';

export const accessLogFormat = {
  time: '%START_TIME%',
  // As minted by authz-service and handed over inside Envoy: not a header that anybody could have written.
  session: `%DYNAMIC_METADATA(${metadataNamespace}:session)%`,
  // What an answer of ours says: an answer that Envoy makes before it asked authz-service has a session too, which proc-service minted.
  answered: '%RESP(X-COUNTERSIGN-SESSION)%',
  request_id: '%REQ(X-REQUEST-ID)%',
  source: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
  method: '%REQ(:METHOD)%',
  authority: '%REQ(:AUTHORITY)%',
  status: '%RESPONSE_CODE%',
  // An HTTP status of 200 is no success where a caller reads this one.
  grpc_status: '%GRPC_STATUS_NUMBER%',
  details: '%RESPONSE_CODE_DETAILS%',
  flags: '%RESPONSE_FLAGS%',
  bytes_received: '%BYTES_RECEIVED%',
  bytes_sent: '%BYTES_SENT%',
  duration_ms: '%DURATION%',
  upstream: '%UPSTREAM_CLUSTER%',
  // Whether anything of the request left for a model: a cluster is named also where nothing did.
  upstream_bytes_sent: '%UPSTREAM_WIRE_BYTES_SENT%',
  // An Envoy may be told to write of a request while it lasts; what counts is its end.
  type: '%ACCESS_LOG_TYPE%',
} as const;

export function fileAccessLog(path: string): object {
  return {
    name: 'envoy.access_loggers.file',
    typed_config: {
      ...type('envoy.extensions.access_loggers.file.v3.FileAccessLog'),
      path,
      log_format: { json_format: accessLogFormat },
    },
  };
}
