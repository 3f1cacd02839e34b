/** Envoy's CheckRequest in our words. */
import { decodeCheckRequest } from '@countersign/adapters/grpc/check-codec.ts';
import type { CheckInput } from '@countersign/core/exchange/authorize.ts';

/** undefined: not a check of an HTTP request, so nothing can be permitted. Throws on what is no check at all. */
export function fromEnvoy(bytes: Buffer): CheckInput | undefined {
  const { http, source } = decodeCheckRequest(bytes);
  if (http === undefined) return undefined;
  const { method, host, path, headers } = http;
  const sourceAddress = source === undefined ? '' : `${source.address}:${source.port}`;
  return { method, authority: host, path, headers, sourceAddress };
}
