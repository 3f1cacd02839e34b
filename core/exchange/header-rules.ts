import type { HeaderList } from './message.ts';

/**
 * What a caller must never be able to say to an upstream or to Envoy itself. A forged pair of retry headers made one request
 * four model calls; identity headers would make the caller anybody.
 */
export function forbiddenFromCallers(headers: HeaderList, identityHeaders: readonly string[]): string[] {
  const remove = new Set<string>();
  for (const [name] of headers) {
    if (
      forbiddenPrefixes.some((prefix) => name.startsWith(prefix)) ||
      forbiddenNames.has(name) ||
      identityHeaders.includes(name)
    ) {
      remove.add(name);
    }
  }
  return [...remove];
}

const forbiddenPrefixes = ['x-countersign-', 'x-envoy-retry-', 'x-envoy-hedge-', 'x-envoy-upstream-rq-'] as const;
const forbiddenNames = new Set(['x-envoy-max-retries']);

/** Of a response whose bytes we may change: everything that speaks of the bytes as they were. */
export const staleAfterMasking = [
  'etag',
  'digest',
  'content-digest',
  'repr-digest',
  'content-md5',
  'accept-ranges',
  'content-encoding',
] as const;

/** Response headers whose values are protocol, not data: masking them would break the protocol, and they cannot hold PII. */
// biome-ignore format: a list of words reads best as a block
const structural = new Set([
  ':status', 'content-type', 'content-length', 'content-encoding', 'transfer-encoding', 'date', 'server', 'cache-control', 'vary',
  'connection', 'keep-alive', 'retry-after', 'x-countersign-session', 'x-envoy-upstream-service-time', 'grpc-status', 'allow',
]);

/** Header and trailer values that had to be masked, as changes. `mask` returns the same string when nothing was found. */
export function maskedHeaders(headers: HeaderList, mask: (value: string) => string): HeaderList {
  const changed: [string, string][] = [];
  for (const [name, value] of headers) {
    if (structural.has(name)) continue;
    const masked = mask(value);
    if (masked !== value) changed.push([name, masked]);
  }
  return changed;
}
