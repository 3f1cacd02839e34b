/** A real identity provider's two documents on loopback, with keys made for the test. */
import { createServer, type Server } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

export interface Signer {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export async function createSigner(kid: string, alg = 'ES256'): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export interface TestProvider {
  readonly issuer: string;
  keys: readonly JWK[];
  /** What its answers look like: 200, or an outage. */
  status: number;
  /** What the discovery document says its issuer is. */
  claimedIssuer: string;
  jwksUri: string;
  fetches: { discovery: number; jwks: number };
  /** Resolves at the next request for the keys. */
  nextFetch(): Promise<void>;
  close(): Promise<void>;
}

export async function startProvider(keys: readonly JWK[]): Promise<TestProvider> {
  let waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    const discovery = request.url === '/.well-known/openid-configuration';
    provider.fetches[discovery ? 'discovery' : 'jwks'] += 1;
    const body = discovery ? { issuer: provider.claimedIssuer, jwks_uri: provider.jwksUri } : { keys: provider.keys };
    response.writeHead(provider.status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (discovery) return;
    for (const wake of waiting) response.once('close', wake);
    waiting = [];
  });
  const issuer = await listen(server);
  const provider: TestProvider = {
    issuer,
    keys,
    status: 200,
    claimedIssuer: issuer,
    jwksUri: `${issuer}/jwks`,
    fetches: { discovery: 0, jwks: 0 },
    nextFetch: () => new Promise((resolve) => waiting.push(resolve)),
    close: () => stop(server),
  };
  return provider;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

export const audience = 'https://inference.bank.test';

/** A token as a good provider would issue it at `nowSeconds`, for an hour; `claims` and `header` override. */
export function sign(
  signer: Signer,
  issuer: string,
  nowSeconds: number,
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const standard = {
    iss: issuer,
    aud: audience,
    sub: 'ana',
    iat: nowSeconds,
    exp: nowSeconds + 3600,
    groups: ['analysts'],
  };
  return new SignJWT({ ...standard, ...claims })
    .setProtectedHeader({ alg: signer.alg, kid: signer.kid, ...header })
    .sign(signer.privateKey);
}

/** Base64url of JSON, for tokens that no library would make. */
export function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
