import * as client from 'openid-client';
import { loginClientId, redirectUri } from './identity/provider.ts';

/** authorize → sign-in page → form → resume → redirect back: 4 in practice, so 10 means a loop. */
const maxHops = 10;

/**
 * Signs `name` in as a browser would: authorization code with PKCE, cookies kept, the form submitted.
 * Returns the access token. Throws with the provider's own words when it refuses, e.g. for a name nobody has.
 */
export async function login(issuer: string, name: string): Promise<string> {
  // Whoever answers is trusted with a name and no password: fine on this machine, nowhere else.
  if (new URL(issuer).hostname !== '127.0.0.1') throw new Error('the demo signs in at a provider on 127.0.0.1 only');
  const configuration = await client.discovery(new URL(issuer), loginClientId, undefined, client.None(), {
    execute: [client.allowInsecureRequests], // plain http: the provider is on loopback
  });
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const start = client.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri(issuer),
    scope: 'openid infer approve',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  });
  const landed = await browse(start, redirectUri(issuer), name);
  const tokens = await client.authorizationCodeGrant(configuration, landed, {
    pkceCodeVerifier: verifier,
    expectedState: state,
  });
  return tokens.access_token;
}

/** Follows redirects from `start` until one points at `target`; answers a page with the sign-in form by submitting it. */
async function browse(start: URL, target: string, name: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let next = { url: start, form: undefined as URLSearchParams | undefined };
  for (let hop = 0; hop < maxHops; hop += 1) {
    const response = await fetch(next.url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([key, value]) => `${key}=${value}`).join('; ') },
      ...(next.form === undefined ? {} : { method: 'POST', body: next.form }),
    });
    keepCookies(cookies, response);
    const body = await response.text();
    const location = response.headers.get('location');
    if (location !== null) {
      const url = new URL(location, next.url);
      if (url.href.startsWith(`${target}?`)) return accepted(url);
      if (url.origin !== start.origin) throw new Error(`the provider redirected to ${url.origin}`);
      next = { url, form: undefined };
    } else if (response.ok && next.form === undefined) {
      next = { url: next.url, form: new URLSearchParams({ name }) };
    } else {
      throw new Error(`sign-in failed: ${response.status} ${body.slice(0, 200)}`);
    }
  }
  throw new Error(`sign-in did not end after ${maxHops} redirects`);
}

function accepted(url: URL): URL {
  const error = url.searchParams.get('error');
  if (error === null) return url;
  throw new Error(`sign-in refused: ${url.searchParams.get('error_description') ?? error}`);
}

function keepCookies(cookies: Map<string, string>, response: Response): void {
  for (const line of response.headers.getSetCookie()) {
    const [pair = '', ...attributes] = line.split(';');
    const cut = pair.indexOf('=');
    const value = pair.slice(cut + 1).trim();
    const gone = attributes.some((attribute) => /^\s*(max-age=0|expires=thu, 01 jan 1970)/i.test(attribute));
    if (gone || value === '') cookies.delete(pair.slice(0, cut).trim());
    else cookies.set(pair.slice(0, cut).trim(), value);
  }
}
