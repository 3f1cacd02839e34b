import { isLoopback, parseAuthority } from './authority.ts';

/**
 * A URL whose answer we may trust with keys or people: https, or http on loopback (a demo, a test, a sidecar). Never user
 * info or a fragment; a query only where it is asked for (an issuer has none, OIDC Discovery §2).
 */
export function isTrustedUrl(text: string, allow: { readonly query?: boolean } = {}): boolean {
  const match = /^(https?):\/\/([^/?#\\\s]+)(\/[^?#\\\s]*)?(\?[^#\\\s]*)?$/.exec(text);
  const authority = parseAuthority(match?.[2] ?? '');
  if (!match || !authority) return false;
  if (match[4] !== undefined && allow.query !== true) return false;
  return match[1] === 'https' || isLoopback(authority.host);
}
