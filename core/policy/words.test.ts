import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isLoopback, parseAuthority, parseListener } from './authority.ts';
import { closest, editDistance } from './suggest.ts';
import { isTrustedUrl } from './trusted-url.ts';
import { parseDuration, parseSize } from './units.ts';

describe('sizes and durations', () => {
  it('are read with their unit', () => {
    assert.deepEqual(['8 MiB', '512KiB', '1 GiB', '7 B'].map(parseSize), [8_388_608, 524_288, 1_073_741_824, 7]);
    assert.deepEqual(
      ['240s', '30m', '24h', '7d', '5 ms'].map(parseDuration),
      [240_000, 1_800_000, 86_400_000, 604_800_000, 5],
    );
  });

  it('are refused without it, in other units, negative, broken or too large', () => {
    for (const text of ['', '8', '8MB', '8 mib', '-1 B', '1.5 MiB', ' 8 MiB', '999999999999 GiB', '0x8 B'])
      assert.equal(parseSize(text), undefined, text);
    for (const text of ['', '240', '1 month', '-1s', '1.5h', '1h30m', '999999999999d', '١s'])
      assert.equal(parseDuration(text), undefined, text);
  });
});

describe('did you mean', () => {
  it('offers the nearest name, and nothing when none is near', () => {
    assert.equal(closest('scorng', ['chat', 'scoring', 'storing-2']), 'scoring');
    assert.equal(closest('Methods', ['match', 'methods']), 'methods');
    assert.equal(closest('teh', ['the']), 'the');
    assert.equal(closest('anthropic', ['openai', 'json']), undefined);
    assert.equal(closest('x', []), undefined);
  });

  it('measures a distance: symmetric, zero only for the same, at most the longer word', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        const distance = editDistance(a, b);
        assert.equal(distance, editDistance(b, a));
        assert.equal(distance === 0, a === b);
        assert.ok(distance >= Math.abs(a.length - b.length) && distance <= Math.max(a.length, b.length));
      }),
      { numRuns: 300 },
    );
  });
});

describe('hosts and URLs', () => {
  it('an authority is folded to lower case, ASCII only', () => {
    assert.deepEqual(parseAuthority('H.Test:0443'), { host: 'h.test', port: '443' });
    assert.equal(parseAuthority('\u212A.test'), undefined);
  });

  it('a listener may ask for any free port', () => {
    assert.deepEqual(parseListener('127.0.0.1:0'), { host: '127.0.0.1', port: 0 });
    assert.deepEqual(parseListener('[::1]:9'), { host: '[::1]', port: 9 });
    for (const text of ['127.0.0.1', ':1', 'a:b', 'a:1:2', '127.0.0.1:65536'])
      assert.equal(parseListener(text), undefined, text);
  });

  it('loopback is 127.0.0.0/8, ::1 and localhost, nothing that looks like it', () => {
    for (const host of ['127.0.0.1', '127.255.255.254', '[::1]', 'localhost'])
      assert.equal(isLoopback(host), true, host);
    for (const host of [
      '128.0.0.1',
      '127.1',
      '127.0.0.256',
      '127.0.0.1.evil.test',
      'localhost.evil.test',
      '0.0.0.0',
      '[::]',
    ])
      assert.equal(isLoopback(host), false, host);
  });

  it('a URL is trusted over https, or http on loopback', () => {
    for (const url of ['https://a.test', 'https://a.test:8443/x', 'http://127.0.0.1:1/x', 'http://localhost'])
      assert.equal(isTrustedUrl(url), true, url);
    const bad = [
      'http://a.test',
      'ftp://a',
      'https://',
      'https://u@a.test',
      'https://a.test#x',
      'https://a.test?x',
      'https://a.test\\x',
      'HTTPS://a.test',
      ' https://a.test',
      'http://127.0.0.1@evil.test',
    ];
    for (const url of bad) assert.equal(isTrustedUrl(url), false, url);
  });
});
