import type { CredentialError } from '@countersign/core/identity/principal.ts';
import { errors } from 'jose';
import { KeysUnavailable } from './key-source.ts';

/** jose's error → ours. What is not recognised is a refusal all the same. */
export function toCredentialError(error: unknown): CredentialError {
  if (error instanceof KeysUnavailable) return { code: 'ERR_ISSUER_UNAVAILABLE', reason: 'keys_unavailable' };
  if (error instanceof errors.JWTExpired) return { code: 'ERR_CREDENTIAL_EXPIRED', reason: 'expired' };
  if (error instanceof errors.JWTClaimValidationFailed) return fromClaim(error.claim, error.reason);
  if (error instanceof errors.JOSEAlgNotAllowed) return signature('algorithm_not_allowed');
  if (error instanceof errors.JWSSignatureVerificationFailed) return signature('signature_invalid');
  if (error instanceof errors.JWKSNoMatchingKey) return signature('key_unknown');
  if (error instanceof errors.JWKSMultipleMatchingKeys) return signature('key_ambiguous');
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) return malformed('jwt_malformed');
  if (error instanceof errors.JOSENotSupported) return malformed('jose_feature_not_supported');
  return signature('key_unusable');
}

function fromClaim(claim: string, reason: string): CredentialError {
  if (claim === 'aud') return { code: 'ERR_CREDENTIAL_AUDIENCE', reason: `aud_${reason}` };
  if (claim === 'iss') return { code: 'ERR_CREDENTIAL_ISSUER_UNKNOWN', reason: `iss_${reason}` };
  if (claim === 'nbf' && reason === 'check_failed') return { code: 'ERR_CREDENTIAL_EXPIRED', reason: 'not_yet_valid' };
  return { code: 'ERR_CREDENTIAL_CLAIMS', reason: `${claim}_${reason}` };
}

function signature(reason: string): CredentialError {
  return { code: 'ERR_CREDENTIAL_SIGNATURE', reason };
}

function malformed(reason: string): CredentialError {
  return { code: 'ERR_CREDENTIAL_MALFORMED', reason };
}
