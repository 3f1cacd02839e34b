/** A verified caller. Nothing in it is taken from a header that the caller could have written. */
export interface Principal {
  /** `sub` of the token. Unique only together with `issuer`. */
  readonly subject: string;
  /** `iss`, exactly as configured. */
  readonly issuer: string;
  readonly groups: readonly string[];
  readonly method: 'oidc';
  /** `client_id`, or `azp` where the provider says it that way. */
  readonly client?: string;
  /** Unix seconds; the credential is worthless from this second on. */
  readonly expires: number;
  /** `jti`, where the provider gives one. */
  readonly tokenId?: string;
  /** Authentication methods (`amr`) and context (`acr`), RFC 8176; evidence of MFA. */
  readonly amr?: readonly string[];
  readonly acr?: string;
}

/** Why a credential was refused. Goes to the record; a stranger is told only that it was. */
export interface CredentialError {
  readonly code:
    | 'ERR_CREDENTIAL_MISSING'
    | 'ERR_CREDENTIAL_MALFORMED'
    | 'ERR_CREDENTIAL_ISSUER_UNKNOWN'
    | 'ERR_CREDENTIAL_SIGNATURE'
    | 'ERR_CREDENTIAL_EXPIRED'
    | 'ERR_CREDENTIAL_AUDIENCE'
    | 'ERR_CREDENTIAL_CLAIMS'
    | 'ERR_ISSUER_UNAVAILABLE';
  /** snake_case words for the record and the log; never a token or a part of one. */
  readonly reason: string;
}

/** Same person or service: subject and issuer together. */
export function samePrincipal(
  a: Pick<Principal, 'subject' | 'issuer'>,
  b: Pick<Principal, 'subject' | 'issuer'>,
): boolean {
  return a.subject === b.subject && a.issuer === b.issuer;
}
