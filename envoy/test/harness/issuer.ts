/** A small OpenID provider: discovery and JWKS over real HTTP, tokens signed by a key it made itself. */
import { createServer, type ServerResponse } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

export interface Issuer {
  readonly issuer: string;
  readonly audience: string;
  /** How it answers: well, with a page of its proxy, or not at all. */
  mood: 'well' | 'garbage' | 'silent';
  token(subject: string, groups: readonly string[], claims?: { readonly lifeSeconds?: number }): Promise<string>;
  /** Signs with a new key from now on; the old one is withdrawn. */
  rotate(): Promise<void>;
  close(): void;
}

export async function startIssuer(): Promise<Issuer> {
  let key = await newKey('k1');
  let rotations = 1;
  const server = createServer((request, response) => {
    if (provider.mood === 'silent') return;
    if (provider.mood === 'garbage') response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sorry');
    else if (request.url === '/jwks') json(response, { keys: [key.jwk] });
    else json(response, { issuer, jwks_uri: `${issuer}/jwks`, authorization_endpoint: `${issuer}/auth` });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const issuer = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const audience = 'https://inference.bank.test';
  const provider: Issuer = {
    issuer,
    audience,
    mood: 'well',
    token: (subject, groups, claims) =>
      new SignJWT({ groups, client_id: 'notebook' })
        .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'at+jwt' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(subject)
        .setIssuedAt()
        .setJti(crypto.randomUUID())
        .setExpirationTime(`${claims?.lifeSeconds ?? 600}s`)
        .sign(key.privateKey),
    rotate: async () => {
      rotations += 1;
      key = await newKey(`k${rotations}`);
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return provider;
}

const json = (response: ServerResponse, body: object): void =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));

async function newKey(kid: string): Promise<{ kid: string; jwk: JWK; privateKey: CryptoKey }> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { kid, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }, privateKey };
}
