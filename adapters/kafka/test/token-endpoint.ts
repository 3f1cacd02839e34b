import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** An authorization server for client credentials, with the keys that its tokens are checked with. */
export interface TokenEndpoint {
  readonly tokenUrl: string;
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Tokens it gave. */
  readonly given: readonly string[];
  /** Of the tokens from now on. */
  next: { readonly audience: string; readonly lifeSeconds: number };
  close(): Promise<void>;
}

const clientId = 'gate way';
const clientSecret = 'sec+ret/with:all&of=it%';
const audience = 'kafka';
/** Of its tokens, unless a test says otherwise. */
export const usualToken = { audience, lifeSeconds: 60 };

export async function startTokenEndpoint(): Promise<TokenEndpoint> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' }] };
  const form = (value: string): string => new URLSearchParams({ value }).toString().slice('value='.length);
  const expected = `Basic ${Buffer.from(`${form(clientId)}:${form(clientSecret)}`).toString('base64')}`;
  const given: string[] = [];
  const answerTo = async (request: IncomingMessage): Promise<object | undefined> => {
    const asked = new URLSearchParams(await text(request));
    if (request.url === '/jwks') return keys;
    if (request.headers.authorization !== expected || asked.get('grant_type') !== 'client_credentials')
      return undefined;
    const { lifeSeconds } = endpoint.next;
    const token = await new SignJWT({ scope: asked.get('scope') ?? '' })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setSubject('gateway')
      .setIssuer(endpoint.issuer)
      .setAudience(endpoint.next.audience)
      .setIssuedAt()
      .setExpirationTime(`${lifeSeconds}s`)
      .sign(privateKey);
    given.push(token);
    return { access_token: token, token_type: 'Bearer', expires_in: lifeSeconds };
  };
  const server = createServer(async (request, response) => {
    const answer = await answerTo(request);
    response.writeHead(answer === undefined ? 401 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { error: 'invalid_client' }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const issuer = `http://127.0.0.1:${address.port}`;
  const endpoint: TokenEndpoint = {
    tokenUrl: `${issuer}/token`,
    jwksUrl: `${issuer}/jwks`,
    issuer,
    audience,
    clientId,
    clientSecret,
    given,
    next: usualToken,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return endpoint;
}
