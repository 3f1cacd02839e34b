/** Who asks, by a token of an issuer of the configuration: a name on a machine is no person. */
import { createTokenVerifier } from '@countersign/adapters/oidc/token-verifier.ts';
import { systemClock } from '@countersign/adapters/process/system.ts';
import type { Principal } from '@countersign/core/identity/principal.ts';
import type { Configuration } from '@countersign/core/policy/config.ts';
import { readToken } from '../approval/token-file.ts';
import { UsageError } from '../up/configuration.ts';

/** Somebody came with a token, and it is none that counts. */
export class TokenRefused extends UsageError {}

/** @throws TokenRefused; UsageError: no token */
export async function personOf(tokenFile: string, { issuers, limits }: Configuration): Promise<Principal> {
  const silent = (): void => undefined;
  const log = { info: silent, warn: silent };
  const token = await readToken(tokenFile);
  const tokens = createTokenVerifier(issuers, { clock: systemClock, log, tokenBytes: limits.tokenBytes });
  try {
    await tokens.start();
    const person = await tokens.verify(token);
    if (!person.ok) throw new TokenRefused(`the token is not accepted: ${person.error.reason.replaceAll('_', ' ')}`);
    return person.value;
  } finally {
    tokens.close();
  }
}
