/**
 * `grpc-status-details-bin`: a google.rpc.Status whose details say in a machine's words what `grpc-message` says to people
 * (google/rpc/error_details.proto). Written by hand, as core has no protobuf: strings, one number, and messages of them.
 */

import { toBase64Url } from '../base64.ts';
import { joined } from '../bytes.ts';
import { grpcCodes, type Refusal, refusals } from '../error-codes.ts';

export function statusDetails(refusal: Refusal, message: string, session: string): string {
  const { location, retryAfter } = refusal;
  const reason = refusal.code.slice('ERR_'.length);
  const metadata = { session, ...(location === undefined ? {} : { approval: location }) };
  const details = [
    any('ErrorInfo', [
      text(1, reason),
      text(2, 'countersign'),
      ...Object.entries(metadata).map(([key, value]) => field(3, [text(1, key), text(2, value)])),
    ]),
    // RetryInfo.retry_delay, a Duration.
    ...(retryAfter === undefined ? [] : [any('RetryInfo', [field(1, [number(1, retryAfter)])])]),
    ...(location === undefined ? [] : [any('Help', [field(1, [text(1, 'The approval'), text(2, location)])])]),
  ];
  return base64(
    joined([
      number(1, grpcCodes[refusals[refusal.code].grpc]),
      text(2, message),
      ...details.map((detail) => field(3, [detail])),
    ]),
  );
}

const any = (type: string, value: readonly Uint8Array[]): Uint8Array =>
  joined([text(1, `type.googleapis.com/google.rpc.${type}`), field(2, value)]);

const utf8 = new TextEncoder();
const text = (tag: number, value: string): Uint8Array => field(tag, [utf8.encode(value)]);

function field(tag: number, parts: readonly Uint8Array[]): Uint8Array {
  const value = joined(parts);
  return joined([Uint8Array.of((tag << 3) | 2), varint(value.length), value]);
}

const number = (tag: number, value: number): Uint8Array => joined([Uint8Array.of(tag << 3), varint(value)]);

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7f; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  return Uint8Array.from([...bytes, left]);
}

/** The plain alphabet, without padding, as the gRPC protocol asks for binary metadata. */
const base64 = (bytes: Uint8Array): string => toBase64Url(bytes).replaceAll('-', '+').replaceAll('_', '/');
