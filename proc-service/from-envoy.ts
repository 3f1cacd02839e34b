/** Envoy's ext_proc messages in our words. What cannot be read becomes `unreadable`, which ends the exchange refused. */
import { headerList } from '@countersign/adapters/grpc/headers.ts';
import type { WireHttpHeaders, WireMetadata, WireProcessingRequest } from '@countersign/adapters/grpc/wire.ts';
import { handOffNamespace } from '@countersign/core/exchange/hand-off.ts';
import type { Inbound, SignedHandOff } from '@countersign/core/exchange/message.ts';

/** ProcessingMode.BodySendMode: the only one in which bytes can be held back. */
const fullDuplexStreamed = 4;

export function fromEnvoy(message: WireProcessingRequest): Inbound | undefined {
  const mode = message.protocol_config;
  if (mode && (mode.request_body_mode !== fullDuplexStreamed || mode.response_body_mode !== fullDuplexStreamed)) {
    return { kind: 'unreadable', reason: 'body_mode_not_full_duplex_streamed' };
  }
  // In observability mode Envoy ignores every answer: masking and refusing would be a pretence.
  if (message.observability_mode) return { kind: 'unreadable', reason: 'observability_mode' };
  switch (message.request) {
    case 'request_headers':
      return headers('request_headers', message.request_headers, message.metadata_context);
    case 'response_headers':
      return headers('response_headers', message.response_headers, message.metadata_context);
    case 'request_body':
    case 'response_body': {
      const body = message[message.request];
      if (body === undefined) return { kind: 'unreadable', reason: 'body_absent' };
      return { kind: message.request, bytes: body.body, end: body.end_of_stream };
    }
    case 'request_trailers':
    case 'response_trailers': {
      const trailers = message[message.request];
      return { kind: message.request, headers: headerList(trailers?.trailers ?? null) };
    }
    case undefined:
      // A flow-control update of a newer Envoy: it carries nothing of the exchange.
      return undefined;
    default:
      return { kind: 'unreadable', reason: 'unknown_message' };
  }
}

function headers(
  kind: 'request_headers' | 'response_headers',
  wire: WireHttpHeaders | undefined,
  metadata: WireMetadata | null,
): Inbound {
  if (wire === undefined) return { kind: 'unreadable', reason: 'headers_absent' };
  return { kind, headers: headerList(wire.headers), end: wire.end_of_stream, handOff: signedHandOff(metadata) };
}

/** With ext_authz disabled on a route the metadata is there but empty: the missing namespace is what counts. */
function signedHandOff(metadata: WireMetadata | null): SignedHandOff | undefined {
  const fields = metadata?.filter_metadata[handOffNamespace]?.fields;
  const text = fields?.['hand_off']?.stringValue;
  const mac = fields?.['mac']?.stringValue;
  return text === undefined || mac === undefined ? undefined : { text, mac };
}
