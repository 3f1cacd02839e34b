import { err, ok, type Result } from '../result.ts';
import type { CredentialError } from './principal.ts';

/** RFC 6750 §2.1: `Bearer` 1*SP b64token; the scheme is case-insensitive (RFC 9110 §11.1). */
const bearer = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * The bearer token of a request's `Authorization` field lines. Exactly one: with two, a server behind us could believe the
 * other one. (Envoy joins repeated lines with ", ", which no token contains, so a joined pair is malformed as well.)
 */
export function parseAuthorization(lines: readonly string[]): Result<string, CredentialError> {
  const [line, second] = lines;
  if (line === undefined) return refuse('ERR_CREDENTIAL_MISSING', 'authorization_missing');
  if (second !== undefined) return refuse('ERR_CREDENTIAL_MALFORMED', 'authorization_repeated');
  const token = bearer.exec(line)?.[1];
  if (token !== undefined) return ok(token);
  const scheme = /^([^ ]*)/.exec(line)?.[1]?.toLowerCase();
  return refuse('ERR_CREDENTIAL_MALFORMED', scheme === 'bearer' ? 'bearer_syntax' : 'authorization_scheme');
}

function refuse(code: CredentialError['code'], reason: string): Result<never, CredentialError> {
  return err({ code, reason });
}
