/** ProcessingResponse, written by hand into one buffer of the right size. */
import { unreachable } from '@countersign/core/result.ts';
import { headerOptionsBytes, writeHeaderOptions } from './header-map.ts';
import { fieldBytes, ProtobufWriter, varintBytes } from './protobuf-writer.ts';
import type { WireHeaderMutation, WireProcessingResponse } from './wire.ts';

const response = {
  request_headers: 1,
  response_headers: 2,
  request_body: 3,
  response_body: 4,
  request_trailers: 5,
  response_trailers: 6,
  immediate_response: 7,
} as const satisfies Record<WireProcessingResponse['response'], number>;
/** HeadersResponse and BodyResponse wrap a CommonResponse. */
const wrapped = 1;
const common = { headerMutation: 2, bodyMutation: 3 } as const;
const trailersMutation = 1;
const mutation = { setHeaders: 1, removeHeaders: 2 } as const;
const streamedResponse = 3;
const streamed = { body: 1, endOfStream: 2 } as const;
const immediate = { status: 1, headers: 2, body: 3, details: 5 } as const;
const statusCode = 1;

export function encodeProcessingResponse(answer: WireProcessingResponse): Buffer {
  switch (answer.response) {
    case 'request_headers':
    case 'response_headers':
      return headersResponse(response[answer.response], answer);
    case 'request_trailers':
    case 'response_trailers':
      return trailersResponse(response[answer.response], answer);
    case 'request_body':
    case 'response_body':
      return bodyResponse(response[answer.response], answer.body, answer.end_of_stream);
    case 'immediate_response':
      return immediateResponse(answer);
    default:
      return unreachable(answer);
  }
}

function headersResponse(field: number, changes: WireHeaderMutation): Buffer {
  const size = mutationBytes(changes);
  const commonSize = fieldBytes(size);
  const wrappedSize = fieldBytes(commonSize);
  const writer = new ProtobufWriter(fieldBytes(wrappedSize));
  writer.message(field, wrappedSize);
  writer.message(wrapped, commonSize);
  writer.message(common.headerMutation, size);
  writeMutation(writer, changes);
  return writer.finish();
}

function trailersResponse(field: number, changes: WireHeaderMutation): Buffer {
  const size = mutationBytes(changes);
  const writer = new ProtobufWriter(fieldBytes(fieldBytes(size)));
  writer.message(field, fieldBytes(size));
  writer.message(trailersMutation, size);
  writeMutation(writer, changes);
  return writer.finish();
}

function bodyResponse(field: number, body: Uint8Array, end: boolean): Buffer {
  const size = (body.length === 0 ? 0 : fieldBytes(body.length)) + (end ? 2 : 0);
  const mutationSize = fieldBytes(size);
  const commonSize = fieldBytes(mutationSize);
  const wrappedSize = fieldBytes(commonSize);
  const writer = new ProtobufWriter(fieldBytes(wrappedSize));
  writer.message(field, wrappedSize);
  writer.message(wrapped, commonSize);
  writer.message(common.bodyMutation, mutationSize);
  writer.message(streamedResponse, size);
  if (body.length > 0) writer.data(streamed.body, body);
  if (end) writer.number(streamed.endOfStream, 1);
  return writer.finish();
}

function immediateResponse(
  answer: Extract<WireProcessingResponse, { readonly response: 'immediate_response' }>,
): Buffer {
  const statusSize = 1 + varintBytes(answer.status);
  const headersSize = headerOptionsBytes(answer.set_headers, 'raw_value');
  const body = Buffer.from(answer.body);
  const detailsSize = Buffer.byteLength(answer.details);
  const size = fieldBytes(statusSize) + fieldBytes(headersSize) + fieldBytes(body.length) + fieldBytes(detailsSize);
  const writer = new ProtobufWriter(fieldBytes(size));
  writer.message(response.immediate_response, size);
  writer.message(immediate.status, statusSize);
  writer.number(statusCode, answer.status);
  writer.message(immediate.headers, headersSize);
  writeHeaderOptions(writer, mutation.setHeaders, answer.set_headers, 'raw_value');
  writer.data(immediate.body, body);
  writer.utf8(immediate.details, answer.details, detailsSize);
  return writer.finish();
}

function mutationBytes({ set_headers, remove_headers }: WireHeaderMutation): number {
  let size = headerOptionsBytes(set_headers, 'raw_value');
  for (const name of remove_headers) size += fieldBytes(name.length);
  return size;
}

function writeMutation(writer: ProtobufWriter, { set_headers, remove_headers }: WireHeaderMutation): void {
  writeHeaderOptions(writer, mutation.setHeaders, set_headers, 'raw_value');
  for (const name of remove_headers) writer.latin1(mutation.removeHeaders, name);
}
