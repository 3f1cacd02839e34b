import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSigner, sign } from './fixtures.testing.ts';
import {
  accepted,
  clock,
  config,
  log,
  open,
  provider,
  refused,
  seconds,
  signer,
  token,
  useProvider,
  verifier,
} from './stage.testing.ts';
import { createTokenVerifier } from './token-verifier.ts';

useProvider();

describe('the memory of verified tokens', () => {
  it('looks at exp on every hit', async () => {
    const credential = await token({ exp: seconds + 30 });
    await accepted(credential);
    clock.ms = 29_999;
    await accepted(credential);
    clock.ms = 30_000;
    assert.equal(await refused(credential), 'ERR_CREDENTIAL_EXPIRED expired');
  });

  it('forgets when the issuer’s keys change: a withdrawn key stops working at once', async () => {
    const credential = await token();
    await accepted(credential);
    provider.keys = [(await createSigner('next')).publicJwk];
    clock.ms = 30_000;
    await accepted(credential);
    const strange = await sign(await createSigner('unknown'), provider.issuer, seconds);
    await refused(strange); // makes us fetch the new key set, which no longer has the old key
    assert.equal(await refused(credential), 'ERR_CREDENTIAL_SIGNATURE key_unknown');
  });

  it('never remembers a refused token as good', async () => {
    const credential = await token({ nbf: seconds + 60 });
    await refused(credential);
    await refused(credential);
    clock.ms = 60_000;
    await accepted(credential);
  });
});

describe('the keys', () => {
  it('are fetched again for an unknown kid: a rotated key works at once', async () => {
    const next = await createSigner('next');
    clock.ms = 30_000;
    provider.keys = [signer.publicJwk, next.publicJwk];
    await accepted(await sign(next, provider.issuer, seconds));
  });

  it('are fetched at most once per cooldown, however many kids are invented', async () => {
    clock.ms = 30_000;
    provider.fetches = { discovery: 0, jwks: 0 };
    for (let index = 0; index < 20; index++) {
      const invented = await sign({ ...signer, kid: `invented-${index}` }, provider.issuer, seconds);
      assert.equal(await refused(invented), 'ERR_CREDENTIAL_SIGNATURE key_unknown');
    }
    assert.equal(provider.fetches.jwks, 1);
  });

  it('serve through an outage of the issuer, which is not asked more often for being down', async () => {
    provider.status = 503;
    clock.ms = 3600_000;
    provider.fetches = { discovery: 0, jwks: 0 };
    for (let index = 0; index < 20; index++) {
      await accepted(await sign(signer, provider.issuer, seconds + 3600, { jti: String(index) }));
      await refused(await sign({ ...signer, kid: `invented-${index}` }, provider.issuer, seconds + 3600));
    }
    assert.equal(provider.fetches.discovery, 1);
    assert.equal(verifier.ready(), true);
    assert.equal(verifier.jwksAgeSeconds().get(provider.issuer), 3600);
  });

  it('verify nothing beyond the hard limit, remembered tokens included', async () => {
    const strict = open({ jwksMaxStaleMs: 30_000 });
    await strict.start();
    const credential = await token();
    await accepted(credential, strict);
    provider.status = 503;
    clock.ms = 30_001;
    assert.equal(await refused(credential, strict), 'ERR_ISSUER_UNAVAILABLE keys_unavailable');
    assert.equal(strict.ready(), false);
    provider.status = 200;
    clock.ms = 60_002;
    await accepted(credential, strict);
    strict.close();
  });

  it('missing because the issuer was down at the start: not ready, refused, and it recovers by itself', async () => {
    provider.status = 503;
    const fresh = open();
    await fresh.start();
    assert.equal(fresh.ready(), false);
    assert.equal(fresh.jwksAgeSeconds().get(provider.issuer), undefined);
    assert.equal(await refused(await token(), fresh), 'ERR_ISSUER_UNAVAILABLE keys_unavailable');
    provider.status = 200;
    clock.ms = 30_000;
    await accepted(await token(), fresh);
    assert.equal(fresh.ready(), true);
    fresh.close();
  });

  it('are refreshed in the background', async () => {
    const eager = createTokenVerifier([config(provider.issuer)], { clock, log, tokenBytes: 16_384, refreshMs: 10 });
    await eager.start();
    await provider.nextFetch();
    await provider.nextFetch();
    eager.close();
  });

  it('come only from an issuer that says its own name', async () => {
    provider.claimedIssuer = `${provider.issuer}/other`;
    const fresh = open();
    assert.equal(await refused(await token(), fresh), 'ERR_ISSUER_UNAVAILABLE keys_unavailable');
    fresh.close();
  });

  it('are not fetched over plain http from another machine', async () => {
    provider.jwksUri = 'http://keys.bank.test/jwks';
    const fresh = open();
    assert.equal(await refused(await token(), fresh), 'ERR_ISSUER_UNAVAILABLE keys_unavailable');
    fresh.close();
  });

  it('that are no key set are an outage, not an empty set', async () => {
    Object.assign(provider, { keys: [7] });
    clock.ms = 30_000;
    await refused(await sign({ ...signer, kid: 'x' }, provider.issuer, seconds));
    await accepted(await token());
  });

  it('of a configured jwks_uri need no discovery', async () => {
    const direct = open({ jwksUri: `${provider.issuer}/jwks` });
    provider.fetches = { discovery: 0, jwks: 0 };
    await accepted(await token(), direct);
    assert.deepEqual(provider.fetches, { discovery: 0, jwks: 1 });
    direct.close();
  });
});
