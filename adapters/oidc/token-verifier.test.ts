import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { audience, createSigner, part, sign, startProvider } from './fixtures.testing.ts';
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
} from './stage.testing.ts';
import { createTokenVerifier } from './token-verifier.ts';

useProvider();

describe('a good token', () => {
  it('becomes a principal with the claims that evidence needs', async () => {
    const claims = { client_id: 'app', jti: 'id-1', amr: ['pwd', 'otp'], acr: 'aal2', groups: ['a', 'b', 'a'] };
    assert.deepEqual(await accepted(await token(claims)), {
      subject: 'ana',
      issuer: provider.issuer,
      groups: ['a', 'b'],
      method: 'oidc',
      expires: seconds + 3600,
      client: 'app',
      tokenId: 'id-1',
      amr: ['pwd', 'otp'],
      acr: 'aal2',
    });
  });

  for (const alg of ['RS256', 'PS256', 'EdDSA']) {
    it(`may be signed with ${alg}`, async () => {
      const other = await createSigner('other', alg);
      provider.keys = [signer.publicJwk, other.publicJwk];
      const fresh = open();
      await fresh.start();
      await accepted(await sign(other, provider.issuer, seconds), fresh);
      fresh.close();
    });
  }

  it('is found by its kid beside an encryption key, as Keycloak publishes them', async () => {
    const encryption = await createSigner('enc-key');
    provider.keys = [{ ...encryption.publicJwk, use: 'enc' }, signer.publicJwk];
    const fresh = open();
    await accepted(await token(), fresh);
    fresh.close();
  });

  it('costs one fetch of the keys for all who bring it at once', async () => {
    const fresh = open();
    const credential = await token();
    provider.fetches = { discovery: 0, jwks: 0 };
    await Promise.all(Array.from({ length: 50 }, () => accepted(credential, fresh)));
    assert.deepEqual(provider.fetches, { discovery: 1, jwks: 1 });
    fresh.close();
  });

  it('of a second issuer is verified with that issuer’s keys only', async () => {
    const otherSigner = await createSigner('current');
    const other = await startProvider([otherSigner.publicJwk]);
    const both = createTokenVerifier([config(provider.issuer), config(other.issuer)], {
      clock,
      log,
      tokenBytes: 16_384,
    });
    assert.equal((await accepted(await sign(otherSigner, other.issuer, seconds), both)).issuer, other.issuer);
    assert.equal((await accepted(await token(), both)).issuer, provider.issuer);
    const crossed = await sign(otherSigner, provider.issuer, seconds);
    assert.equal(await refused(crossed, both), 'ERR_CREDENTIAL_SIGNATURE signature_invalid');
    both.close();
    await other.close();
  });
});

describe('a hostile token is refused', () => {
  it('alg none', async () => {
    const claims = { iss: provider.issuer, aud: audience, sub: 'ana', exp: seconds + 60 };
    for (const alg of ['none', 'NONE', 'None']) {
      assert.equal(
        await refused(`${part({ alg })}.${part(claims)}.`),
        'ERR_CREDENTIAL_SIGNATURE algorithm_not_allowed',
      );
    }
  });

  it('HS256 keyed with the public key, also when the key set carries it as a secret', async () => {
    const rsa = await generateKeyPair('RS256', { extractable: true });
    const pem = await exportSPKI(rsa.publicKey);
    provider.keys = [{ kty: 'oct', kid: 'current', k: Buffer.from(pem).toString('base64url') }];
    const fresh = open();
    const input = `${part({ alg: 'HS256', kid: 'current' })}.${part({ iss: provider.issuer, aud: audience, sub: 'x', exp: seconds + 60 })}`;
    const mac = createHmac('sha256', pem).update(input).digest('base64url');
    assert.equal(await refused(`${input}.${mac}`, fresh), 'ERR_CREDENTIAL_SIGNATURE algorithm_not_allowed');
    fresh.close();
  });

  it('an algorithm that is sound but not configured', async () => {
    const narrow = open({ algorithms: ['RS256'] });
    assert.equal(await refused(await token(), narrow), 'ERR_CREDENTIAL_SIGNATURE algorithm_not_allowed');
    assert.equal(provider.fetches.jwks, 1, 'refused before any fetch of its own');
    narrow.close();
  });

  it('another audience, none, or one that only contains ours', async () => {
    for (const aud of ['https://other.test', `${audience}/`, [`x ${audience}`], []]) {
      assert.match(await refused(await token({ aud })), /^ERR_CREDENTIAL_AUDIENCE /);
    }
    assert.equal(await refused(await token({ aud: undefined })), 'ERR_CREDENTIAL_AUDIENCE aud_missing');
  });

  it('an issuer that is not configured to the letter', async () => {
    for (const iss of ['https://evil.test', `${provider.issuer}/`, undefined, 7, [provider.issuer]]) {
      const reason = await refused(await token({ iss }));
      assert.equal(reason, 'ERR_CREDENTIAL_ISSUER_UNKNOWN issuer_not_configured');
    }
  });

  it('expired, without a second of grace', async () => {
    assert.equal(await refused(await token({ exp: seconds })), 'ERR_CREDENTIAL_EXPIRED expired');
    assert.equal(await refused(await token({ exp: seconds - 3 })), 'ERR_CREDENTIAL_EXPIRED expired');
    assert.equal(await refused(await token({ exp: seconds - 3600 })), 'ERR_CREDENTIAL_EXPIRED expired');
  });

  it('not valid yet, or issued in the future, beyond five seconds', async () => {
    assert.equal(await refused(await token({ nbf: seconds + 6 })), 'ERR_CREDENTIAL_EXPIRED not_yet_valid');
    assert.equal(await refused(await token({ iat: seconds + 6 })), 'ERR_CREDENTIAL_CLAIMS iat_in_the_future');
    await accepted(await token({ nbf: seconds + 5, iat: seconds + 5 }));
  });

  it('without exp, or without sub', async () => {
    assert.equal(await refused(await token({ exp: undefined })), 'ERR_CREDENTIAL_CLAIMS exp_missing');
    assert.equal(await refused(await token({ sub: undefined })), 'ERR_CREDENTIAL_CLAIMS sub_missing');
    assert.equal(await refused(await token({ sub: '' })), 'ERR_CREDENTIAL_CLAIMS sub_missing_or_unreadable');
    assert.equal(await refused(await token({ sub: 7 })), 'ERR_CREDENTIAL_CLAIMS sub_missing_or_unreadable');
  });

  it('signed by a key whose use is encryption', async () => {
    provider.keys = [{ ...signer.publicJwk, use: 'enc' }];
    const fresh = open();
    assert.equal(await refused(await token(), fresh), 'ERR_CREDENTIAL_SIGNATURE key_unknown');
    fresh.close();
  });

  it('signed by somebody else under a known kid', async () => {
    const thief = { ...(await createSigner('current')), kid: 'current' };
    assert.equal(
      await refused(await sign(thief, provider.issuer, seconds)),
      'ERR_CREDENTIAL_SIGNATURE signature_invalid',
    );
  });

  it('bringing its own key: jwk, jku and x5u in the header are ignored', async () => {
    const thief = await createSigner('thief');
    const header = {
      jwk: thief.publicJwk,
      jku: `${provider.issuer}/thief`,
      x5u: `${provider.issuer}/thief`,
      kid: 'current',
    };
    const before = { ...provider.fetches };
    assert.equal(
      await refused(await sign(thief, provider.issuer, seconds, {}, header)),
      'ERR_CREDENTIAL_SIGNATURE signature_invalid',
    );
    assert.deepEqual(provider.fetches, before, 'and nothing is fetched for it');
  });

  it('with a critical header that we do not understand', async () => {
    const input = `${part({ alg: 'ES256', kid: 'current', crit: ['exp'], exp: 1 })}.${part({ iss: provider.issuer })}`;
    assert.match(await refused(`${input}.AAAA`), /^ERR_CREDENTIAL_MALFORMED /);
    const unencoded = new SignJWT({
      iss: provider.issuer,
      aud: audience,
      sub: 'x',
      exp: seconds + 60,
    }).setProtectedHeader({
      alg: 'ES256',
      kid: 'current',
      b64: true,
      crit: ['b64'],
    });
    await accepted(await unencoded.sign(signer.privateKey));
  });

  it('of another kind of the same issuer', async () => {
    for (const typ of ['logout+jwt', 'dpop+jwt', 'secevent+jwt', 'JOSE']) {
      assert.equal(await refused(await token({}, { typ })), 'ERR_CREDENTIAL_CLAIMS typ_not_allowed');
    }
    for (const typ of ['JWT', 'at+jwt', 'application/at+jwt', 'AT+JWT']) await accepted(await token({}, { typ }));
  });

  it('without typ at+jwt where the issuer promises RFC 9068', async () => {
    const strict = open({ requireAccessTokenType: true });
    assert.equal(await refused(await token(), strict), 'ERR_CREDENTIAL_CLAIMS typ_not_allowed');
    assert.equal(await refused(await token({}, { typ: 'JWT' }), strict), 'ERR_CREDENTIAL_CLAIMS typ_not_allowed');
    await accepted(await token({}, { typ: 'at+jwt' }), strict);
    strict.close();
  });

  it('too long, before anything of it is read', async () => {
    const long = await token({ padding: 'x'.repeat(20_000) });
    assert.equal(await refused(long), 'ERR_CREDENTIAL_MALFORMED token_too_large');
  });

  it('garbage of every kind', async () => {
    const good = await token();
    const [head = '', body = '', tail = ''] = good.split('.');
    const cases = [
      '',
      '.',
      '..',
      'a.b',
      'a.b.c',
      `${good}.`,
      `${head}.${body}`,
      `${head}..${tail}`,
      `${head}.${part([])}.${tail}`,
    ];
    const more = [
      `${part(null)}.${body}.${tail}`,
      `${head}.!!!.${tail}`,
      `${head}.${body}.${tail}.x.y`,
      '\u0000',
      'ünïcode.ü.ü',
    ];
    for (const credential of [...cases, ...more]) {
      assert.match(await refused(credential), /^ERR_CREDENTIAL_(MALFORMED|ISSUER_UNKNOWN|SIGNATURE) /, credential);
    }
  });

  it('a payload changed after signing', async () => {
    const [head, , tail] = (await token()).split('.');
    const forged = part({ iss: provider.issuer, aud: audience, sub: 'admin', exp: seconds + 60 });
    assert.equal(await refused(`${head}.${forged}.${tail}`), 'ERR_CREDENTIAL_SIGNATURE signature_invalid');
  });

  it('groups that cannot be read: a deny for a group must not miss its members', async () => {
    for (const groups of [7, { a: 1 }, ['a', 7], [''], null]) {
      assert.equal(await refused(await token({ groups })), 'ERR_CREDENTIAL_CLAIMS groups_unreadable');
    }
    const overage = { groups: undefined, _claim_names: { groups: 'src1' } };
    assert.equal(await refused(await token(overage)), 'ERR_CREDENTIAL_CLAIMS groups_not_in_token');
    assert.deepEqual((await accepted(await token({ groups: 'one' }))).groups, ['one']);
    assert.deepEqual((await accepted(await token({ groups: undefined }))).groups, []);
  });

  it('without kid where two keys would fit', async () => {
    provider.keys = [signer.publicJwk, (await createSigner('second')).publicJwk];
    const fresh = open();
    assert.equal(await refused(await token({}, { kid: undefined }), fresh), 'ERR_CREDENTIAL_SIGNATURE key_ambiguous');
    fresh.close();
  });
});
