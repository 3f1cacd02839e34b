/** Envoy's CheckRequest in our words. */
import { decodeCheckRequest } from '@countersign/adapters/grpc/check-codec.ts';
import type { CheckInput } from '@countersign/core/exchange/authorize.ts';
import { headerOf } from '@countersign/core/exchange/message.ts';

/** undefined: not a check of an HTTP request, so nothing can be permitted. Throws on what is no check at all. */
export function fromEnvoy(bytes: Buffer): CheckInput | undefined {
  const { http, source } = decodeCheckRequest(bytes);
  if (http === undefined) return undefined;
  // Not http.path and its like: Envoy writes `!` there for bytes that are not UTF-8, and a path is what it is, or refused.
  const { headers } = http;
  return {
    method: headerOf(headers, ':method') ?? '',
    authority: headerOf(headers, ':authority') ?? '',
    path: headerOf(headers, ':path') ?? '',
    headers,
    sourceAddress: source === undefined ? '' : `${source.address}:${source.port}`,
  };
}
