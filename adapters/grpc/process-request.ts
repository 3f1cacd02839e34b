/**
 * ProcessingRequest, read by hand: only what is used of it, bodies as views, header maps as text made once. Held equal to the
 * reference decoder (protos/ by proto-loader) by process-codec.test.ts and captures.test.ts.
 */
import type { HeaderList } from '@countersign/core/exchange/message.ts';
import { readHeaderMap } from './header-map.ts';
import { bytesTag, fieldSet, once, ProtobufReader, varintTag, WireError } from './protobuf-reader.ts';
import { readStringStruct } from './string-struct.ts';
import type { WirePhase, WireProcessingRequest } from './wire.ts';

/** Field numbers of ProcessingRequest's oneof are its phases' places, from 2 on. */
const phases: readonly (WirePhase | undefined)[] = [
  undefined,
  undefined,
  'request_headers',
  'response_headers',
  'request_body',
  'response_body',
  'request_trailers',
  'response_trailers',
];
const field = { metadataContext: 8, observabilityMode: 10, protocolConfig: 11 } as const;
const httpHeaders = { headers: 1, endOfStream: 3 } as const;
const httpTrailers = 1;
const httpBody = { body: 1, endOfStream: 2 } as const;
const metadata = { filterMetadata: 1, key: 1, value: 2 } as const;
const config = { requestBodyMode: 1, responseBodyMode: 2 } as const;

const known = {
  message: fieldSet([2, 3, 4, 5, 6, 7, field.observabilityMode, field.protocolConfig]),
  headers: fieldSet(Object.values(httpHeaders)),
  trailers: fieldSet([httpTrailers]),
  body: fieldSet(Object.values(httpBody)),
  metadata: fieldSet([metadata.filterMetadata]),
  entry: fieldSet([metadata.key, metadata.value]),
  config: fieldSet(Object.values(config)),
};

const reader = new ProtobufReader();
const noHeaders: HeaderList = [];
const noBytes = new Uint8Array(0);
const noMetadata: ReadonlyMap<string, string> = new Map();

/** Filled by one message, read by nobody else: one object per message, made whole in one place. */
class Message implements WireProcessingRequest {
  request: WirePhase | undefined = undefined;
  headers: HeaderList = noHeaders;
  body: Uint8Array = noBytes;
  end_of_stream = false;
  metadata: ReadonlyMap<string, string> | undefined = undefined;
  observability_mode = false;
  protocol_config: WireProcessingRequest['protocol_config'] = undefined;
}

/**
 * @param namespace of the dynamic metadata to read; undefined reads none. Envoy puts it on every message, and the first is enough.
 * @throws WireError
 */
export function decodeProcessingRequest(bytes: Buffer, namespace: string | undefined): WireProcessingRequest {
  reader.open(bytes);
  try {
    return readMessage(namespace);
  } finally {
    reader.close();
  }
}

function readMessage(namespace: string | undefined): Message {
  const message = new Message();
  let seen = 0;
  while (reader.more) {
    const tag = reader.tag();
    const phase = (tag & 7) === 2 ? phases[tag >>> 3] : undefined;
    if (phase !== undefined) readPhase(message, phase);
    else if (tag === bytesTag(field.metadataContext) && namespace !== undefined) {
      seen = once(seen, tag);
      readMetadata(message, namespace);
    } else if (tag === varintTag(field.observabilityMode)) message.observability_mode = reader.bool();
    else if (tag === bytesTag(field.protocolConfig)) {
      seen = once(seen, tag);
      readConfig(message);
    } else reader.skip(tag, known.message);
  }
  return message;
}

function readPhase(message: Message, phase: WirePhase): void {
  // Protobuf would let the last one win; two phases in one message are not what any Envoy says.
  if (message.request !== undefined) throw new WireError('two phases in one message');
  message.request = phase;
  const outer = reader.enter();
  if (phase === 'request_body' || phase === 'response_body') readBody(message);
  else if (phase === 'request_headers' || phase === 'response_headers') readHeaders(message);
  else readTrailers(message);
  reader.leave(outer);
}

function readHeaders(message: Message): void {
  let seen = 0;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === bytesTag(httpHeaders.headers)) {
      seen = once(seen, tag);
      const outer = reader.enter();
      message.headers = readHeaderMap(reader);
      reader.leave(outer);
    } else if (tag === varintTag(httpHeaders.endOfStream)) message.end_of_stream = reader.bool();
    else reader.skip(tag, known.headers);
  }
}

function readTrailers(message: Message): void {
  let seen = 0;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === bytesTag(httpTrailers)) {
      seen = once(seen, tag);
      const outer = reader.enter();
      message.headers = readHeaderMap(reader);
      reader.leave(outer);
    } else reader.skip(tag, known.trailers);
  }
}

function readBody(message: Message): void {
  while (reader.more) {
    const tag = reader.tag();
    if (tag === bytesTag(httpBody.body)) message.body = reader.view();
    else if (tag === varintTag(httpBody.endOfStream)) message.end_of_stream = reader.bool();
    else reader.skip(tag, known.body);
  }
}

function readMetadata(message: Message, namespace: string): void {
  const outer = reader.enter();
  while (reader.more) {
    const tag = reader.tag();
    if (tag !== bytesTag(metadata.filterMetadata)) {
      reader.skip(tag, known.metadata);
      continue;
    }
    const entries = reader.enter();
    readNamespace(message, namespace);
    reader.leave(entries);
  }
  reader.leave(outer);
}

/** One entry of the map: key and value in either order, so the value is read once both were seen. */
function readNamespace(message: Message, namespace: string): void {
  let key = '';
  let valueAt: number | undefined;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === bytesTag(metadata.key)) key = reader.string();
    else if (tag === bytesTag(metadata.value)) {
      valueAt = reader.position;
      reader.position = reader.lengthEnd();
    } else reader.skip(tag, known.entry);
  }
  if (key !== namespace) return;
  message.metadata = noMetadata;
  if (valueAt === undefined) return;
  reader.position = valueAt;
  const outer = reader.enter();
  message.metadata = readStringStruct(reader);
  reader.leave(outer);
  reader.position = reader.end;
}

function readConfig(message: Message): void {
  const outer = reader.enter();
  let request_body_mode = 0;
  let response_body_mode = 0;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === varintTag(config.requestBodyMode)) request_body_mode = reader.int32();
    else if (tag === varintTag(config.responseBodyMode)) response_body_mode = reader.int32();
    else reader.skip(tag, known.config);
  }
  reader.leave(outer);
  message.protocol_config = { request_body_mode, response_body_mode };
}
