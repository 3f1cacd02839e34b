import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { type GrantContext, type IssuedToken, Provider } from 'oidc-provider';
import { batchScorer, people } from './people.ts';
import { createShortLivedStore } from './short-lived-store.ts';

/** What access tokens are for: the gateway and its console. */
export const audience = 'https://inference.demo.invalid';
export const loginClientId = 'countersign-cli';
const resourceScope = 'infer approve';
const hourSeconds = 3600;

/** The address a login ends at. It belongs to the provider itself, so no second server has to listen for it. */
export const redirectUri = (issuer: string): string => `${issuer}/signed-in`;

/**
 * The demo's OpenID provider: JWT access tokens (RFC 9068) of an hour with `groups`. Every secret is made at this start;
 * oidc-provider's built-in signing key is public and must never verify anything.
 */
export function createProvider(issuer: string, batchSecret: string): Provider {
  const provider: Provider = new Provider(issuer, {
    adapter: createShortLivedStore(Date.now),
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    clients: clients(issuer, batchSecret),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: { enabled: true, ...accessTokensAreJwt },
    },
    // Resource scopes must not be listed here: the provider would ask for consent for ever.
    scopes: ['openid'],
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: (_context: unknown, name: string) => account(name),
    extraTokenClaims: (_context: unknown, token: IssuedToken) => tokenClaims(token),
    loadExistingGrant: (context: GrantContext) => grantEverything(provider, context),
    interactions: { url: (_context: unknown, { uid }: { readonly uid: string }) => `/sign-in/${uid}` },
    renderError: (context: { body: string; type: string }, out: Readonly<Record<string, string>>) => {
      context.type = 'application/json';
      context.body = JSON.stringify(out);
    },
    ttl: {
      AccessToken: hourSeconds,
      ClientCredentials: hourSeconds,
      AuthorizationCode: 60,
      IdToken: 300,
      Interaction: 600,
      Session: hourSeconds,
      Grant: hourSeconds,
    },
  });
  return provider;
}

const accessTokensAreJwt = {
  defaultResource: () => audience,
  useGrantedResource: () => true,
  getResourceServerInfo: () => ({
    scope: resourceScope,
    audience,
    accessTokenTTL: hourSeconds,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  }),
};

function signingKey(): object {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(8).toString('hex'), use: 'sig', alg: 'RS256' };
}

function clients(issuer: string, batchSecret: string): readonly object[] {
  return [
    {
      client_id: loginClientId,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      redirect_uris: [redirectUri(issuer)],
    },
    {
      client_id: batchScorer.clientId,
      client_secret: batchSecret,
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    },
  ];
}

function account(name: string): object | undefined {
  const person = people.get(name);
  if (person === undefined) return undefined;
  return { accountId: name, claims: () => ({ sub: name, preferred_username: name, groups: person.groups }) };
}

function tokenClaims(token: IssuedToken): object {
  if (token.kind === 'ClientCredentials') return { groups: batchScorer.groups };
  const name = token.accountId ?? '';
  return { preferred_username: name, groups: people.get(name)?.groups ?? [] };
}

/** Nobody is asked for consent: the only client is ours. */
async function grantEverything(provider: Provider, { oidc }: GrantContext): Promise<object> {
  const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope('openid profile');
  grant.addResourceScope(audience, resourceScope);
  await grant.save();
  return grant;
}
