/** Envoy's CheckRequest in our words. */
import { headerList } from '@countersign/adapters/grpc/headers.ts';
import type { WireCheckRequest } from '@countersign/adapters/grpc/wire.ts';
import type { CheckInput } from '@countersign/core/exchange/authorize.ts';
import { headerOf } from '@countersign/core/exchange/message.ts';

/** undefined: not a check of an HTTP request, so nothing can be permitted. */
export function fromEnvoy(check: WireCheckRequest): CheckInput | undefined {
  const http = check.attributes?.request?.http;
  if (!http) return undefined;
  const source = check.attributes?.source?.address?.socket_address;
  // Not http.path and its like: Envoy writes `!` there for bytes that are not UTF-8, and a path is what it is, or refused.
  const headers = headerList(http.header_map);
  return {
    method: headerOf(headers, ':method') ?? '',
    authority: headerOf(headers, ':authority') ?? '',
    path: headerOf(headers, ':path') ?? '',
    headers,
    sourceAddress: source ? `${source.address}:${source.port_value ?? 0}` : '',
  };
}
