import type { IssuerConfig } from '@countersign/core/policy/config.ts';
import { isTrustedUrl } from '@countersign/core/policy/trusted-url.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import { createLocalJWKSet, type LocalJWKSet } from 'jose';
import { fetchJson } from './fetch-json.ts';

export interface JwksDocument {
  /** Chooses by `use`, `alg` and `kid`; throws jose's errors when none, or more than one, fits. */
  readonly select: LocalJWKSet;
  /** Equal for equal key sets. */
  readonly fingerprint: string;
}

/** The issuer's keys: from the configured `jwks_uri`, else by discovery, which is repeated so that a move is followed. */
export async function fetchJwks(issuer: IssuerConfig, signal: AbortSignal): Promise<Result<JwksDocument, string>> {
  const uri = issuer.jwksUri === undefined ? await discover(issuer.issuer, signal) : ok(issuer.jwksUri);
  if (!uri.ok) return err(`discovery_${uri.error}`);
  const document = await fetchJson(uri.value, signal);
  if (!document.ok) return err(`jwks_${document.error}`);
  if (!hasKeys(document.value)) return err('jwks_malformed');
  try {
    return ok({ select: createLocalJWKSet(document.value), fingerprint: JSON.stringify(document.value.keys) });
  } catch {
    return err('jwks_malformed');
  }
}

/** OIDC Discovery §4.3: the document must name exactly the issuer that was asked, or it is another one's. */
async function discover(issuer: string, signal: AbortSignal): Promise<Result<string, string>> {
  const document = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, signal);
  if (!document.ok) return document;
  const found = document.value;
  if (typeof found !== 'object' || found === null) return err('malformed');
  if (!('issuer' in found) || found.issuer !== issuer) return err('issuer_differs');
  if (!('jwks_uri' in found) || typeof found.jwks_uri !== 'string') return err('without_jwks_uri');
  return isTrustedUrl(found.jwks_uri, { query: true }) ? ok(found.jwks_uri) : err('jwks_uri_not_https');
}

function hasKeys(document: unknown): document is { keys: { kty: string }[] } {
  if (typeof document !== 'object' || document === null || !('keys' in document)) return false;
  return (
    Array.isArray(document.keys) &&
    document.keys.every(
      (key: unknown) => typeof key === 'object' && key !== null && 'kty' in key && typeof key.kty === 'string',
    )
  );
}
