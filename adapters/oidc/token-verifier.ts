import { clockToleranceSeconds, toPrincipal } from '@countersign/core/identity/claims.ts';
import type { CredentialError, Principal } from '@countersign/core/identity/principal.ts';
import type { IssuerConfig } from '@countersign/core/policy/config.ts';
import type { Clock, TokenVerifier } from '@countersign/core/ports.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import { toCredentialError } from './credential-errors.ts';
import { createKeySource, type KeySource } from './key-source.ts';
import { createVerifiedTokens, tokenKey, type VerifiedTokens } from './verified-tokens.ts';

export interface TokenVerifierOptions {
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Longer tokens are refused unread. */
  readonly tokenBytes: number;
  /** A token was looked up among those verified before. */
  readonly onLookup?: (found: boolean) => void;
  /** Background refresh of the keys; default 5 min. */
  readonly refreshMs?: number;
  /** Least time between fetches caused by callers; default 30 s. */
  readonly cooldownMs?: number;
}

export interface OidcTokenVerifier extends TokenVerifier {
  /** Fetches every issuer's keys once and keeps them fresh. Resolves also when issuers are down: see `ready`. */
  start(): Promise<void>;
  /** At least one issuer can be verified. One partner's outage must not take the gateway out of service. */
  ready(): boolean;
  /** By issuer; undefined: never fetched. */
  jwksAgeSeconds(): ReadonlyMap<string, number | undefined>;
  close(): void;
}

const cacheMaxMs = 60_000;
const cacheMaxEntries = 10_000;

interface Issuer {
  readonly config: IssuerConfig;
  readonly keys: KeySource;
}

/** Bearer JWTs of the configured issuers. Algorithms, issuer and audience are always pinned; keys come from the issuer alone. */
export function createTokenVerifier(
  issuers: readonly IssuerConfig[],
  options: TokenVerifierOptions,
): OidcTokenVerifier {
  const { refreshMs = 300_000, cooldownMs = 30_000 } = options;
  const known = new Map<string, Issuer>(
    issuers.map((config) => [
      config.issuer,
      { config, keys: createKeySource(config, { ...options, refreshMs, cooldownMs }) },
    ]),
  );
  const cache = createVerifiedTokens(cacheMaxEntries);
  const sources = [...known.values()].map(({ keys }) => keys);
  return {
    verify: async (token) => {
      if (Buffer.byteLength(token) > options.tokenBytes) return malformed('token_too_large');
      const key = tokenKey(token);
      const cached = fromCache(cache, key, known, options.clock);
      options.onLookup?.(cached !== undefined);
      return cached ?? (await verifyFresh(token, key, known, cache, options.clock));
    },
    start: async () => {
      await Promise.all(sources.map((source) => source.start()));
    },
    ready: () => sources.some((source) => source.usable()),
    jwksAgeSeconds: () => new Map([...known].map(([issuer, { keys }]) => [issuer, keys.ageSeconds()])),
    close: () => {
      for (const source of sources) source.close();
    },
  };
}

/** A hit is believed only while its issuer's keys are the same and still usable; `exp` is looked at every time. */
function fromCache(
  cache: VerifiedTokens,
  key: string,
  known: ReadonlyMap<string, Issuer>,
  clock: Clock,
): Result<Principal, CredentialError> | undefined {
  const hit = cache.get(key);
  const keys = hit && known.get(hit.principal.issuer)?.keys;
  if (!hit || !keys) return undefined;
  if (hit.principal.expires * 1000 <= clock.now()) {
    cache.delete(key);
    return err({ code: 'ERR_CREDENTIAL_EXPIRED', reason: 'expired' });
  }
  const current = keys.usable() && keys.generation() === hit.issuerGeneration;
  if (current && clock.monotonic() < hit.untilMonotonicMs) return ok(hit.principal);
  cache.delete(key);
  return undefined;
}

async function verifyFresh(
  token: string,
  key: string,
  known: ReadonlyMap<string, Issuer>,
  cache: VerifiedTokens,
  clock: Clock,
): Promise<Result<Principal, CredentialError>> {
  try {
    const issuer = chooseIssuer(token, known);
    if (!issuer.ok) return issuer;
    const { config, keys } = issuer.value;
    // Before the await: keys that change meanwhile make the entry void, never an old key's token one of the new generation.
    const issuerGeneration = keys.generation();
    const verified = await jwtVerify(token, keys.select, {
      algorithms: [...config.algorithms],
      issuer: config.issuer,
      audience: [...config.audience],
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(clock.now()),
      requiredClaims: ['exp', 'sub'],
    });
    const principal = toPrincipal(verified.payload, config, clock.now());
    if (principal.ok) {
      const leftMs = principal.value.expires * 1000 - clock.now();
      const untilMonotonicMs = clock.monotonic() + Math.min(leftMs, cacheMaxMs);
      cache.set(key, { principal: principal.value, issuerGeneration, untilMonotonicMs });
    }
    return principal;
  } catch (error) {
    return err(toCredentialError(error));
  }
}

/** By the unverified `iss`, only to know whose keys to ask; jwtVerify then proves it. Cheap refusals come before any fetch. */
function chooseIssuer(token: string, known: ReadonlyMap<string, Issuer>): Result<Issuer, CredentialError> {
  const header = decodeProtectedHeader(token);
  const { iss } = decodeJwt(token);
  const issuer = typeof iss === 'string' ? known.get(iss) : undefined;
  if (!issuer) return err({ code: 'ERR_CREDENTIAL_ISSUER_UNKNOWN', reason: 'issuer_not_configured' });
  if (typeof header.alg !== 'string' || !issuer.config.algorithms.includes(header.alg)) {
    return err({ code: 'ERR_CREDENTIAL_SIGNATURE', reason: 'algorithm_not_allowed' });
  }
  if (!isAccessToken(header.typ, issuer.config.requireAccessTokenType)) {
    return err({ code: 'ERR_CREDENTIAL_CLAIMS', reason: 'typ_not_allowed' });
  }
  return ok(issuer);
}

/** RFC 8725 §3.11: other kinds of tokens of the same issuer (logout+jwt, dpop+jwt …) must not pass as access tokens. */
function isAccessToken(typ: unknown, strict: boolean): boolean {
  if (typ === undefined) return !strict;
  if (typeof typ !== 'string') return false;
  const type = typ.toLowerCase().replace(/^application\//, '');
  return type === 'at+jwt' || (!strict && type === 'jwt');
}

function malformed(reason: string): Result<never, CredentialError> {
  return err({ code: 'ERR_CREDENTIAL_MALFORMED', reason });
}
