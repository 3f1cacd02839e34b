/** CheckRequest, read by hand, and CheckResponse, written by hand. Held equal to the reference by check-codec.test.ts and captures.test.ts. */
import type { HeaderList } from '@countersign/core/exchange/message.ts';
import { headerOptionsBytes, readHeaderMap, writeHeaderOptions } from './header-map.ts';
import { bytesTag, fieldSet, once, ProtobufReader, varintTag } from './protobuf-reader.ts';
import { fieldBytes, ProtobufWriter, varintBytes } from './protobuf-writer.ts';
import { stringStructBytes, writeStringStruct } from './string-struct.ts';
import type { WireCheckRequest, WireCheckResponse } from './wire.ts';

const checkAttributes = 1;
const attributes = { source: 1, request: 4 } as const;
const peerAddress = 1;
const socketAddress = 1;
const socket = { address: 2, port: 3 } as const;
const requestHttp = 2;
/** Its own method, path and host hold `!` for bytes that are not UTF-8; the header map has them as they came. */
const http = { headerMap: 13 } as const;

const known = {
  attributes: fieldSet(Object.values(attributes)),
  socket: fieldSet(Object.values(socket)),
  http: fieldSet(Object.values(http)),
};

const reader = new ProtobufReader();
const noHeaders: HeaderList = [];

/** Filled by one message. */
class Check implements WireCheckRequest {
  headers: HeaderList | undefined = undefined;
  source: WireCheckRequest['source'] = undefined;
}

/** @throws WireError */
export function decodeCheckRequest(bytes: Buffer): WireCheckRequest {
  reader.open(bytes);
  try {
    const check = new Check();
    only(check, checkAttributes, readAttributes);
    return check;
  } finally {
    reader.close();
  }
}

/** Reads the message in `field`, steps over everything else. */
function only(check: Check, field: number, read: (check: Check) => void): void {
  let seen = 0;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === bytesTag(field)) {
      seen = once(seen, tag);
      nested(check, read);
    } else reader.skip(tag, 1 << field);
  }
}

function nested(check: Check, read: (check: Check) => void): void {
  const outer = reader.enter();
  read(check);
  reader.leave(outer);
}

function readAttributes(check: Check): void {
  let seen = 0;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === bytesTag(attributes.source) || tag === bytesTag(attributes.request)) {
      seen = once(seen, tag);
      nested(check, tag === bytesTag(attributes.source) ? readSource : readRequest);
    } else reader.skip(tag, known.attributes);
  }
}

const readSource = (check: Check): void => only(check, peerAddress, readAddress);
const readAddress = (check: Check): void => only(check, socketAddress, readSocket);
const readRequest = (check: Check): void => only(check, requestHttp, readHttp);

function readSocket(check: Check): void {
  let address = '';
  let port = 0;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === bytesTag(socket.address)) address = reader.string();
    else if (tag === varintTag(socket.port)) port = reader.int32() >>> 0;
    else reader.skip(tag, known.socket);
  }
  check.source = { address, port };
}

function readHttp(check: Check): void {
  let headers = noHeaders;
  let seen = 0;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === bytesTag(http.headerMap)) {
      seen = once(seen, tag);
      const outer = reader.enter();
      headers = readHeaderMap(reader);
      reader.leave(outer);
    } else reader.skip(tag, known.http);
  }
  check.headers = headers;
}

const answer = { status: 1, denied: 2, ok: 3, dynamicMetadata: 4 } as const;
const rpcStatus = { code: 1 } as const;
const denied = { status: 1, headers: 2, body: 3 } as const;
const httpStatus = { code: 1 } as const;
const ok = { headersToRemove: 5 } as const;

export function encodeCheckResponse(response: WireCheckResponse): Buffer {
  const { status, denied_response, ok_response, dynamic_metadata } = response;
  const statusSize = status === 0 ? 0 : 1 + varintBytes(status);
  const body = denied_response && Buffer.from(denied_response.body);
  const deniedSize = denied_response && body ? deniedBytes(denied_response, body) : undefined;
  const okSize = ok_response && removalBytes(ok_response.headers_to_remove);
  const metadataSize = stringStructBytes(dynamic_metadata);
  const writer = new ProtobufWriter(
    fieldBytes(statusSize) +
      (deniedSize === undefined ? 0 : fieldBytes(deniedSize)) +
      (okSize === undefined ? 0 : fieldBytes(okSize)) +
      fieldBytes(metadataSize),
  );
  writer.message(answer.status, statusSize);
  if (status !== 0) writer.number(rpcStatus.code, status);
  if (denied_response && body && deniedSize !== undefined) {
    writer.message(answer.denied, deniedSize);
    writer.message(denied.status, 1 + varintBytes(denied_response.status));
    writer.number(httpStatus.code, denied_response.status);
    writeHeaderOptions(writer, denied.headers, denied_response.headers, 'value');
    writer.data(denied.body, body);
  }
  if (ok_response && okSize !== undefined) {
    writer.message(answer.ok, okSize);
    for (const name of ok_response.headers_to_remove) writer.latin1(ok.headersToRemove, name);
  }
  writer.message(answer.dynamicMetadata, metadataSize);
  writeStringStruct(writer, dynamic_metadata);
  return writer.finish();
}

function deniedBytes({ status, headers }: NonNullable<WireCheckResponse['denied_response']>, body: Buffer): number {
  return fieldBytes(1 + varintBytes(status)) + headerOptionsBytes(headers, 'value') + fieldBytes(body.length);
}

function removalBytes(names: readonly string[]): number {
  let size = 0;
  for (const name of names) size += fieldBytes(name.length);
  return size;
}
