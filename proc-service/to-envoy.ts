/** Our answers as Envoy's ext_proc messages, each in the phase it answers. */
import { encodeProcessingResponse } from '@countersign/adapters/grpc/process-response.ts';
import type { Outbound } from '@countersign/core/exchange/message.ts';
import { unreachable } from '@countersign/core/result.ts';

export function toEnvoy(answer: Outbound): Buffer {
  switch (answer.kind) {
    case 'request_headers':
    case 'response_headers':
    case 'request_trailers':
    case 'response_trailers':
      return encodeProcessingResponse({
        response: answer.kind,
        set_headers: answer.set,
        remove_headers: answer.remove,
      });
    case 'request_body':
    case 'response_body':
      return encodeProcessingResponse({ response: answer.kind, body: answer.bytes, end_of_stream: answer.end });
    case 'immediate': {
      const { status, headers, body, details } = answer;
      return encodeProcessingResponse({ response: 'immediate_response', status, set_headers: headers, body, details });
    }
    default:
      return unreachable(answer);
  }
}
