import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseAuthorization } from './authorization-header.ts';

const read = (...lines: readonly string[]) => {
  const token = parseAuthorization(lines);
  return token.ok ? token.value : `${token.error.code} ${token.error.reason}`;
};

describe('an Authorization header', () => {
  it('yields its bearer token; the scheme is case-insensitive', () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEaReR'])
      assert.equal(read(`${scheme} a.b-c_d~e+f/g==`), 'a.b-c_d~e+f/g==');
    assert.equal(read('Bearer   abc'), 'abc');
  });

  it('that is absent is missing', () => assert.equal(read(), 'ERR_CREDENTIAL_MISSING authorization_missing'));

  it('that comes twice is refused, also when a proxy has joined the lines', () => {
    assert.equal(read('Bearer a', 'Bearer b'), 'ERR_CREDENTIAL_MALFORMED authorization_repeated');
    assert.equal(read('Bearer a', 'Bearer a'), 'ERR_CREDENTIAL_MALFORMED authorization_repeated');
    assert.equal(read('Bearer a, Bearer b'), 'ERR_CREDENTIAL_MALFORMED bearer_syntax');
    assert.equal(read('Bearer a,b'), 'ERR_CREDENTIAL_MALFORMED bearer_syntax');
  });

  it('of another scheme is refused', () => {
    for (const line of ['Basic YTpi', 'DPoP abc', 'abc', '', 'Bearerabc', ' Bearer abc', 'Token Bearer abc']) {
      assert.equal(read(line), 'ERR_CREDENTIAL_MALFORMED authorization_scheme', line);
    }
  });

  it('with anything but a b64token is refused', () => {
    for (const line of [
      'Bearer',
      'Bearer ',
      'Bearer a b',
      'Bearer =',
      'Bearer a=b',
      'Bearer "a"',
      'Bearer a\n',
      'Bearer a;b',
      'Bearer é',
      'Bearer a ',
    ]) {
      assert.equal(read(line), 'ERR_CREDENTIAL_MALFORMED bearer_syntax', line);
    }
    assert.equal(read('Bearer\tabc'), 'ERR_CREDENTIAL_MALFORMED authorization_scheme');
  });
});
