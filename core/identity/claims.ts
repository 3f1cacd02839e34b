import type { IssuerConfig } from '../policy/config.ts';
import { err, ok, type Result } from '../result.ts';
import type { CredentialError, Principal } from './principal.ts';

/** Clocks of issuer and gateway may differ by this for `nbf` and `iat`. `exp` gets no grace: expired is expired. */
export const clockToleranceSeconds = 5;
const maxTextLength = 512;

type Claims = Readonly<Record<string, unknown>>;

/** The claims of a token whose signature, issuer and audience have been verified → principal. `nowMs`: UTC. */
export function toPrincipal(
  claims: Claims,
  issuer: Pick<IssuerConfig, 'issuer' | 'groupsClaim'>,
  nowMs: number,
): Result<Principal, CredentialError> {
  const subject = text(claims['sub']);
  if (subject === undefined) return refuse('sub_missing_or_unreadable');
  const expires = claims['exp'];
  if (typeof expires !== 'number' || !Number.isFinite(expires)) return refuse('exp_missing_or_unreadable');
  if (expires * 1000 <= nowMs) return err({ code: 'ERR_CREDENTIAL_EXPIRED', reason: 'expired' });
  if (!hasBegun(claims['iat'], nowMs)) return refuse('iat_in_the_future');
  if (!hasBegun(claims['nbf'], nowMs)) return err({ code: 'ERR_CREDENTIAL_EXPIRED', reason: 'not_yet_valid' });
  const groups = readGroups(claims, issuer.groupsClaim);
  if (!groups.ok) return refuse(groups.error);
  const client = text(claims['client_id']) ?? text(claims['azp']);
  const tokenId = text(claims['jti']);
  const acr = text(claims['acr']);
  const amr = texts(claims['amr']);
  return ok({
    subject,
    issuer: issuer.issuer,
    groups: groups.value,
    method: 'oidc',
    expires: Math.floor(expires),
    ...(client !== undefined && { client }),
    ...(tokenId !== undefined && { tokenId }),
    ...(amr !== undefined && { amr }),
    ...(acr !== undefined && { acr }),
  });
}

/**
 * A list of texts, or one text (providers write a single group that way); no claim: no groups. Anything else is refused, not
 * read as "no groups": a deny rule for a group would then not see its members. For the same reason group overage is refused
 * (OIDC Core §5.6.2 distributed claims: "there are groups, ask elsewhere").
 */
function readGroups(claims: Claims, claim: string): Result<readonly string[], string> {
  const value = claims[claim];
  if (value === undefined) {
    const elsewhere = claims['_claim_names'];
    const overage = typeof elsewhere === 'object' && elsewhere !== null && Object.hasOwn(elsewhere, claim);
    return overage ? err('groups_not_in_token') : ok([]);
  }
  const groups = typeof value === 'string' ? texts([value]) : texts(value);
  return groups ? ok([...new Set(groups)]) : err('groups_unreadable');
}

function hasBegun(time: unknown, nowMs: number): boolean {
  if (time === undefined) return true;
  return typeof time === 'number' && time * 1000 <= nowMs + clockToleranceSeconds * 1000;
}

function text(value: unknown): string | undefined {
  const usable = typeof value === 'string' && value !== '' && value.length <= maxTextLength && value.isWellFormed();
  return usable ? value : undefined;
}

function texts(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const read = value.map(text).filter((entry) => entry !== undefined);
  return read.length === value.length ? read : undefined;
}

function refuse(reason: string): Result<never, CredentialError> {
  return err({ code: 'ERR_CREDENTIAL_CLAIMS', reason });
}
