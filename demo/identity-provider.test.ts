import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createRemoteJWKSet, decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';
import { type IdentityProvider, startIdentityProvider } from './identity-provider.ts';
import { login } from './login.ts';

let provider: IdentityProvider;
before(async () => {
  provider = await startIdentityProvider();
});
after(() => provider.close());

async function verified(token: string, by: IdentityProvider): Promise<JWTPayload> {
  const keys = createRemoteJWKSet(new URL(`${by.issuer}/jwks`));
  const { payload } = await jwtVerify(token, keys, { issuer: by.issuer, audience: by.audience, typ: 'at+jwt' });
  return payload;
}

for (const [name, group] of [
  ['ana', 'credit-analysts'],
  ['rex', 'model-risk'],
  ['mia', 'model-risk'],
  ['tom', 'interns'],
] as const) {
  test(`${name} signs in by code and PKCE and gets a verifiable access token of an hour with group ${group}`, async () => {
    const payload = await verified(await login(provider.issuer, name), provider);
    assert.equal(payload.sub, name);
    assert.deepEqual(payload['groups'], [group]);
    assert.equal(payload['client_id'], 'countersign-cli');
    assert.equal(Number(payload.exp) - Number(payload.iat), 3600);
  });
}

test('the service account gets a token with its groups by client credentials', async () => {
  const { clientId, clientSecret } = provider.batch;
  const response = await fetch(`${provider.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'infer' }),
  });
  const answer: unknown = await response.json();
  assert.ok(typeof answer === 'object' && answer !== null && 'access_token' in answer);
  const payload = await verified(String(answer.access_token), provider);
  assert.equal(payload.sub, 'batch-scorer');
  assert.deepEqual(payload['groups'], ['credit-analysts']);
});

test('the service account is refused with a wrong secret', async () => {
  const response = await fetch(`${provider.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from('batch-scorer:batch-secret').toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  assert.equal(response.status, 401);
});

test('a name that is nobody in the demo is refused', async () => {
  await assert.rejects(login(provider.issuer, 'eve'), /nobody of that name is in the demo/);
});

test('the demo login goes to loopback only', async () => {
  await assert.rejects(login('http://idp.demo.invalid', 'ana'), /127\.0\.0\.1 only/);
});

test('a login without PKCE is refused', async () => {
  const url = new URL(`${provider.issuer}/auth`);
  url.search = new URLSearchParams({
    client_id: 'countersign-cli',
    response_type: 'code',
    redirect_uri: `${provider.issuer}/signed-in`,
    scope: 'openid',
    state: 's',
  }).toString();
  const response = await fetch(url, { redirect: 'manual' });
  assert.match(response.headers.get('location') ?? '', /error=invalid_request.*PKCE/i);
});

test('a sign-in that was never begun is refused, and says so', async () => {
  const response = await fetch(`${provider.issuer}/sign-in/unknown`, {
    method: 'POST',
    body: new URLSearchParams({ name: 'rex' }),
  });
  assert.equal(response.status, 400);
});

test('every start has keys and secrets of its own: nothing of another demo is accepted', async () => {
  const other = await startIdentityProvider();
  try {
    assert.notEqual(other.batch.clientSecret, provider.batch.clientSecret);
    const token = await login(other.issuer, 'ana');
    assert.notEqual(decodeProtectedHeader(token).kid, decodeProtectedHeader(await login(provider.issuer, 'ana')).kid);
    await assert.rejects(verified(token, provider));
  } finally {
    await other.close();
  }
});
