/** Our answers as Envoy's ext_proc messages, each in the phase it answers. */
import { rawHeaderOptions } from '@countersign/adapters/grpc/headers.ts';
import type { WireHeaderMutation, WireProcessingResponse } from '@countersign/adapters/grpc/wire.ts';
import type { HeaderChanges, Outbound } from '@countersign/core/exchange/message.ts';
import { unreachable } from '@countersign/core/result.ts';

export function toEnvoy(answer: Outbound): WireProcessingResponse {
  switch (answer.kind) {
    case 'request_headers':
      return { request_headers: { response: { header_mutation: mutation(answer) } } };
    case 'response_headers':
      return { response_headers: { response: { header_mutation: mutation(answer) } } };
    case 'request_body':
      return { request_body: { response: streamed(answer.bytes, answer.end) } };
    case 'response_body':
      return { response_body: { response: streamed(answer.bytes, answer.end) } };
    case 'request_trailers':
      return { request_trailers: { header_mutation: mutation(answer) } };
    case 'response_trailers':
      return { response_trailers: { header_mutation: mutation(answer) } };
    case 'immediate':
      return {
        immediate_response: {
          status: { code: answer.status },
          headers: { set_headers: rawHeaderOptions(answer.headers), remove_headers: [] },
          body: Buffer.from(answer.body),
          details: answer.details,
        },
      };
    default:
      return unreachable(answer);
  }
}

function mutation(changes: HeaderChanges): WireHeaderMutation {
  return { set_headers: rawHeaderOptions(changes.set), remove_headers: changes.remove };
}

/** Full duplex takes `streamed_response` only: a plain `body` would be a spurious message, which Envoy answers with 500. */
function streamed(bytes: Uint8Array, end: boolean): object {
  return { body_mutation: { streamed_response: { body: bytes, end_of_stream: end } } };
}
