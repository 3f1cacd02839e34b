/** Envoy's ext_proc messages in our words. What cannot be read becomes `unreadable`, which ends the exchange refused. */
import { decodeProcessingRequest } from '@countersign/adapters/grpc/process-request.ts';
import type { WireProcessingRequest } from '@countersign/adapters/grpc/wire.ts';
import { handOffNamespace } from '@countersign/core/exchange/hand-off.ts';
import type { Inbound, SignedHandOff } from '@countersign/core/exchange/message.ts';
import { unreachable } from '@countersign/core/result.ts';

/** ProcessingMode.BodySendMode: the only one in which bytes can be held back. */
const fullDuplexStreamed = 4;

/** The hand-off stands on every message of a stream, and is read from the first. Throws on what is no such message. */
export function fromEnvoy(bytes: Buffer, isFirst: boolean): Inbound | undefined {
  const message = decodeProcessingRequest(bytes, isFirst ? handOffNamespace : undefined);
  const mode = message.protocol_config;
  if (mode && (mode.request_body_mode !== fullDuplexStreamed || mode.response_body_mode !== fullDuplexStreamed)) {
    return { kind: 'unreadable', reason: 'body_mode_not_full_duplex_streamed' };
  }
  // In observability mode Envoy ignores every answer: masking and refusing would be a pretence.
  if (message.observability_mode) return { kind: 'unreadable', reason: 'observability_mode' };
  switch (message.request) {
    case 'request_headers':
    case 'response_headers': {
      const { request, headers, end_of_stream, metadata } = message;
      return { kind: request, headers, end: end_of_stream, handOff: signedHandOff(metadata) };
    }
    case 'request_body':
    case 'response_body':
      return { kind: message.request, bytes: message.body, end: message.end_of_stream };
    case 'request_trailers':
    case 'response_trailers':
      return { kind: message.request, headers: message.headers };
    case undefined:
      // A flow-control update of a newer Envoy: it carries nothing of the exchange.
      return undefined;
    default:
      return unreachable(message.request);
  }
}

/** With ext_authz disabled on a route the metadata is there but empty: the missing namespace is what counts. */
function signedHandOff(metadata: WireProcessingRequest['metadata']): SignedHandOff | undefined {
  const text = metadata?.get('hand_off');
  const mac = metadata?.get('mac');
  return text === undefined || mac === undefined ? undefined : { text, mac };
}
