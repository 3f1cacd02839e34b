import { listItems } from './header-list.ts';
import { type HeaderList, single } from './message.ts';
import { decodePercent, encodePercent } from './percent.ts';

/**
 * What a caller must never be able to say to an upstream or to Envoy itself. A forged pair of retry headers made one request
 * four model calls; identity headers would make the caller anybody; a method override would make the request another one than
 * was decided on; cookies are credentials that nobody here has verified. WSGI and CGI read `x_user` as `x-user`.
 */
export function forbiddenFromCallers(headers: HeaderList, identityHeaders: readonly string[]): string[] {
  const remove = new Set<string>();
  for (const [name] of headers) {
    const spoken = name.replaceAll('_', '-');
    if (
      forbiddenPrefixes.some((prefix) => spoken.startsWith(prefix)) ||
      forbiddenNames.has(spoken) ||
      identityHeaders.includes(spoken)
    ) {
      remove.add(name);
    }
  }
  return [...remove];
}

const forbiddenPrefixes = ['x-countersign-', 'x-envoy-'] as const;
const forbiddenNames = new Set([
  'cookie',
  'proxy-authorization',
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-original-url',
  'x-original-uri',
  'x-rewrite-url',
]);

/**
 * Content-Type may stand once (RFC 9110 section 8.3), but Envoy gives two as one, with a comma in between: which of them the other
 * side reads, nobody knows.
 */
export function onlyContentType(headers: HeaderList): {
  readonly value: string | undefined;
  readonly duplicate: boolean;
} {
  const { value, duplicate } = single(headers, 'content-type');
  return { value, duplicate: duplicate || (value !== undefined && listItems(value)?.length !== 1) };
}

/** Of a response whose bytes we may change: everything that speaks of the bytes as they were. */
export const staleAfterMasking = [
  'etag',
  'digest',
  'content-digest',
  'repr-digest',
  'content-md5',
  'accept-ranges',
  'content-encoding',
  'grpc-encoding',
] as const;

/** Response headers that hold no text of the model: numbers, tokens of the protocol, and what Envoy and we write. */
const structural = new Set([
  ':status',
  'connection',
  'content-encoding',
  'content-length',
  'date',
  'grpc-status',
  'transfer-encoding',
  'x-countersign-session',
  'x-envoy-upstream-service-time',
]);

/** Binary metadata of gRPC: base64 of anything, `grpc-status-details-bin` too. What cannot be read is not passed where the rest is masked. */
export const unreadableHeaders = (headers: HeaderList): string[] =>
  headers.flatMap(([name]) => (name.endsWith('-bin') ? [name] : []));

/**
 * Header and trailer values that had to be masked, as changes. `mask` returns the same string when nothing was found. A name
 * that stands several times is given whole, or setting one value would delete its siblings.
 */
export function maskedHeaders(headers: HeaderList, mask: (value: string) => string): HeaderList {
  const masked = headers.map(
    ([name, value]) => [name, structural.has(name) ? value : maskedValue(name, value, mask)] as const,
  );
  const touched = new Set(masked.filter(([, value], index) => value !== headers[index]?.[1]).map(([name]) => name));
  return touched.size === 0 ? [] : masked.filter(([name]) => touched.has(name));
}

/** `grpc-message` is UTF-8, percent-encoded: `%35` is a 5 to whoever reads it. */
function maskedValue(name: string, value: string, mask: (value: string) => string): string {
  if (name !== 'grpc-message' || !value.includes('%')) return mask(value);
  const text = decodePercent(value);
  const masked = mask(text);
  return masked === text ? value : encodePercent(masked);
}
