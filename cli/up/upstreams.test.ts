import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { parseUpstreams } from './upstreams.ts';

test('a URL alone takes all paths', () => {
  assert.deepEqual(parseUpstreams(['http://127.0.0.1:8000']), [
    { name: 'upstream-1', domain: '*', prefix: '/', host: '127.0.0.1', port: 8000, tls: false },
  ]);
});

test('https without a port is 443, and TLS with the authorities that are named', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-upstreams-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const caFile = join(directory, 'ca.pem');
  writeFileSync(caFile, rootCertificates.slice(0, 2).join('\n'));
  const [upstream] = parseUpstreams(['https://scoring.internal'], { caFile: relative('.', caFile) });
  assert.deepEqual([upstream?.port, upstream?.tls], [443, { caFile }]);
});

test("https without --upstream-ca takes the system's bundle, the first that is there", (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-upstreams-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const caFile = join(directory, 'ca.pem');
  writeFileSync(caFile, rootCertificates.slice(0, 2).join('\n'));
  const systemBundles = [join(directory, 'absent.pem'), caFile];
  assert.deepEqual(parseUpstreams(['https://scoring.internal'], { systemBundles })[0]?.tls, { caFile });
});

test('https where nobody could be trusted is refused, with words; http needs no bundle', () => {
  const trust = { systemBundles: ['/nonexistent/ca.pem'] };
  assert.throws(() => parseUpstreams(['https://scoring.internal'], trust), /no bundle of certificate.*--upstream-ca/);
  assert.equal(parseUpstreams(['http://scoring.internal'], trust)[0]?.tls, false);
});

test('a bundle that is absent, or holds no certificates, is refused before Envoy starts', () => {
  for (const caFile of ['/nonexistent/ca.pem', import.meta.filename]) {
    assert.throws(() => parseUpstreams(['https://a'], { caFile }), /--upstream-ca .*expected PEM certificates/);
  }
});

test('h2c and h2 are HTTP/2, without and with TLS; their ports are those of http and https', () => {
  const texts = ['/inference.GRPCInferenceService/=h2c://127.0.0.1:8001', '/a=h2c://[::1]', '/b=h2://scoring.internal'];
  const upstreams = parseUpstreams(texts, { systemBundles: [import.meta.filename] });
  assert.deepEqual(
    upstreams.map(({ host, port, tls, http2 }) => ({ host, port, tls, http2 })),
    [
      { host: '127.0.0.1', port: 8001, tls: false, http2: true },
      { host: '::1', port: 80, tls: false, http2: true },
      { host: 'scoring.internal', port: 443, tls: { caFile: import.meta.filename }, http2: true },
    ],
  );
});

test('an IPv6 address loses its brackets, which Envoy would take for a name', () => {
  assert.equal(parseUpstreams(['http://[::1]:8000'])[0]?.host, '::1');
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
  ['a path behind h2c', 'h2c://127.0.0.1:8001/v1', /the URL ends after its port/],
  ['a password behind h2c', 'h2c://u:p@127.0.0.1:8001', /no credentials in the URL/],
  ['no host', 'h2c:///', /expected \[PREFIX=\]URL/],
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
