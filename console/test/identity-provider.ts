/** A real issuer for tests: its key set over HTTP on loopback, and tokens signed with the key behind it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export const audience = 'https://inference.bank.test';

export interface IdentityProvider {
  readonly issuer: string;
  readonly jwksUri: string;
  /** An access token of five minutes, unless `claims` says otherwise. */
  token(subject: string, groups: readonly string[], claims?: Readonly<Record<string, unknown>>): Promise<string>;
  stop(): void;
}

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig', kid: 'k1' }] });
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(jwks);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A test that fails early must still end.
  server.unref();
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not bound to a port');
  const issuer = `http://127.0.0.1:${address.port}`;
  return {
    issuer,
    jwksUri: `${issuer}/jwks`,
    token: (subject, groups, claims = {}) => {
      const nowSeconds = Math.floor(Date.now() / 1000);
      return new SignJWT({ sub: subject, groups, client_id: 'cli', iat: nowSeconds, exp: nowSeconds + 300, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'at+jwt' })
        .setIssuer(issuer)
        .setAudience(audience)
        .sign(privateKey);
    },
    stop: () => void server.close(),
  };
}
