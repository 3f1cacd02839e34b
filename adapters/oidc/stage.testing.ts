/** What the tests of token verification stand on: a real provider over HTTP, a signer, a clock that the test moves. */
import assert from 'node:assert/strict';
import { after, before, beforeEach } from 'node:test';
import type { IssuerConfig } from '@countersign/core/policy/config.ts';
import { pino } from 'pino';
import { audience, createSigner, type Signer, sign, startProvider, type TestProvider } from './fixtures.testing.ts';
import { createTokenVerifier, type OidcTokenVerifier } from './token-verifier.ts';

export const log = pino({ level: 'silent' });
export const startMs = Date.UTC(2026, 0, 15, 12);
export const seconds = startMs / 1000;
export const clock = { ms: 0, now: () => startMs + clock.ms, monotonic: () => clock.ms };

export let provider: TestProvider;
export let signer: Signer;
export let verifier: OidcTokenVerifier;

export const config = (issuer: string, more: Partial<IssuerConfig> = {}): IssuerConfig => ({
  issuer,
  audience: [audience],
  algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
  jwksUri: undefined,
  groupsClaim: 'groups',
  requireAccessTokenType: false,
  jwksMaxStaleMs: 24 * 3600_000,
  ...more,
});
export const open = (more: Partial<IssuerConfig> = {}) =>
  createTokenVerifier([config(provider.issuer, more)], { clock, log, tokenBytes: 16_384 });
export const token = (claims = {}, header = {}) => sign(signer, provider.issuer, seconds, claims, header);

export async function refused(credential: string, on: OidcTokenVerifier = verifier): Promise<string> {
  const result = await on.verify(credential);
  assert.equal(result.ok, false);
  return result.ok ? '' : `${result.error.code} ${result.error.reason}`;
}
export async function accepted(credential: string, on: OidcTokenVerifier = verifier) {
  const result = await on.verify(credential);
  if (!result.ok) assert.fail(`${result.error.code} ${result.error.reason}`);
  return result.value;
}

/** A provider and a verifier for every test of the file that calls this. */
export function useProvider(): void {
  before(async () => {
    signer = await createSigner('current');
    provider = await startProvider([]);
  });
  after(() => provider.close());
  beforeEach(async () => {
    verifier?.close();
    clock.ms = 0;
    Object.assign(provider, { keys: [signer.publicJwk], status: 200, claimedIssuer: provider.issuer });
    Object.assign(provider, { jwksUri: `${provider.issuer}/jwks`, fetches: { discovery: 0, jwks: 0 } });
    verifier = open();
    await verifier.start();
  });
  after(() => verifier.close());
}
