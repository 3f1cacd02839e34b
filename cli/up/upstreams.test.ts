import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUpstreams } from './upstreams.ts';

test('a URL alone takes all paths', () => {
  assert.deepEqual(parseUpstreams(['http://127.0.0.1:8000']), [
    { name: 'upstream-1', domain: '*', prefix: '/', host: '127.0.0.1', port: 8000, tls: false },
  ]);
});

test('https without a port is 443 and TLS', () => {
  const [upstream] = parseUpstreams(['https://scoring.internal']);
  assert.deepEqual([upstream?.port, upstream?.tls], [443, true]);
});

test('the longest prefix comes first, whatever the order on the command line', () => {
  const prefixes = parseUpstreams(['http://a:1', '/v2/models=http://b:2', '/v2=http://c:3']).map(
    ({ prefix }) => prefix,
  );
  assert.deepEqual(prefixes, ['/v2/models', '/v2', '/']);
});

for (const [name, text, message] of [
  ['no URL', 'localhost:8000', /expected \[PREFIX=\]URL/],
  ['another scheme', 'ftp://127.0.0.1', /expected \[PREFIX=\]URL/],
  ['a path in the URL', 'http://127.0.0.1:8000/v1', /the URL ends after its port/],
  ['a password in the URL', 'http://u:p@127.0.0.1:8000', /no credentials in the URL/],
] as const) {
  test(`an upstream with ${name} is refused`, () => {
    assert.throws(() => parseUpstreams([text]), message);
  });
}

test('two upstreams for one prefix are refused', () => {
  assert.throws(() => parseUpstreams(['http://a:1', 'http://b:2']), /same prefix/);
});
