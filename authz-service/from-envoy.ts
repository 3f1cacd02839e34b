/** Envoy's CheckRequest in our words. */
import { headerList } from '@countersign/adapters/grpc/headers.ts';
import type { WireCheckRequest } from '@countersign/adapters/grpc/wire.ts';
import type { CheckInput } from '@countersign/core/exchange/authorize.ts';

/** undefined: not a check of an HTTP request, so nothing can be permitted. */
export function fromEnvoy(check: WireCheckRequest): CheckInput | undefined {
  const http = check.attributes?.request?.http;
  if (!http) return undefined;
  const source = check.attributes?.source?.address?.socket_address;
  return {
    method: http.method,
    authority: http.host,
    path: http.path,
    headers: headerList(http.header_map),
    sourceAddress: source ? `${source.address}:${source.port_value ?? 0}` : '',
  };
}
