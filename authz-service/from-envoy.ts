/** Envoy's CheckRequest in our words. */
import { decodeCheckRequest } from '@countersign/adapters/grpc/check-codec.ts';
import type { CheckInput } from '@countersign/core/exchange/authorize.ts';
import { headerOf } from '@countersign/core/exchange/message.ts';

/** undefined: not a check of an HTTP request, so nothing can be permitted. Throws on what is no check at all. */
export function fromEnvoy(bytes: Buffer): CheckInput | undefined {
  const { headers, source } = decodeCheckRequest(bytes);
  if (headers === undefined) return undefined;
  return {
    method: headerOf(headers, ':method') ?? '',
    authority: headerOf(headers, ':authority') ?? '',
    path: headerOf(headers, ':path') ?? '',
    headers,
    ...(source === undefined || source.address === '' ? {} : { source: { ip: source.address, port: source.port } }),
  };
}
