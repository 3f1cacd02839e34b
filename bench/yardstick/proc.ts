/** The yardstick's ext_proc: every message is answered in kind, bodies as they came. FROZEN, see server.ts. */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { loadService, serve } from './server.ts';

const name = 'envoy.service.ext_proc.v3.ExternalProcessor';

interface Body {
  readonly body: Buffer;
  readonly end_of_stream: boolean;
}
interface ProcessingRequest {
  readonly request: string;
  readonly request_body?: Body;
  readonly response_body?: Body;
}

function passed({ body, end_of_stream }: Body): object {
  return { response: { body_mutation: { streamed_response: { body, end_of_stream } } } };
}

function answer(message: ProcessingRequest): object {
  if (message.request_body) return { request_body: passed(message.request_body) };
  if (message.response_body) return { response_body: passed(message.response_body) };
  return { [message.request]: {} };
}

serve(name, loadService('envoy/service/ext_proc/v3/external_processor.proto', name), {
  Process(call: ServerDuplexStream<ProcessingRequest, object>) {
    call.on('data', (message) => call.write(answer(message)));
    call.on('end', () => call.end());
    call.on('error', () => undefined);
  },
});
