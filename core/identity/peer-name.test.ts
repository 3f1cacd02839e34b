import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPinnedPeer, namesOf, type PeerName, parsePeerName } from './peer-name.ts';

const pinned: readonly PeerName[] = [
  { kind: 'URI', value: 'spiffe://bank/envoy' },
  { kind: 'DNS', value: 'envoy.bank.test' },
];

for (const text of ['URI:spiffe://bank/envoy', 'DNS:other.test, URI:spiffe://bank/envoy', 'DNS:ENVOY.bank.test'])
  test(`${text} is Envoy`, () => assert.equal(isPinnedPeer(text, pinned), true));

const strangers: Record<string, string | undefined> = {
  'no alternative name at all: the CN does not count': undefined,
  'an empty one': '',
  'a name below the pinned one': 'URI:spiffe://bank/envoy/x',
  'a name above it': 'URI:spiffe://bank',
  'a trust domain in capitals: URIs are compared to the letter': 'URI:spiffe://BANK/envoy',
  'a wildcard that covers it': 'DNS:*.bank.test',
  'the DNS name as a URI': 'URI:envoy.bank.test',
  'the URI as a DNS name': 'DNS:spiffe://bank/envoy',
  'the name as an e-mail address': 'email:envoy.bank.test',
  'two SPIFFE identities': 'URI:spiffe://bank/envoy, URI:spiffe://bank/other',
  'a quoted name that would end early': 'DNS:"x, URI:spiffe://bank/envoy"',
  'a quoted name with an escaped quote': 'DNS:"x\\", URI:spiffe://bank/envoy, DNS:\\""',
  'text that cannot be read to its end': 'URI:spiffe://bank/envoy, DNS:"open',
  'an entry without a kind': 'spiffe://bank/envoy',
};
for (const [name, text] of Object.entries(strangers))
  test(`not Envoy: ${name}`, () => assert.equal(isPinnedPeer(text, pinned), false));

test('no text makes a name that was not an entry of its own', () => {
  const value = fc.string({ unit: fc.constantFrom('a', ',', ' ', ':', '"', '\\', 'D', 'N', 'S') });
  // As Node writes an entry: quoted as JSON as soon as it has a character that could end it.
  const written = (text: string): string => `DNS:${/[",\\]/.test(text) ? JSON.stringify(text) : text}`;
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), (values) => {
      const names = namesOf(values.map(written).join(', '));
      const plain = values.filter((text) => !/[",\\]/.test(text)).map((text) => text.toLowerCase());
      assert.deepEqual(
        names?.map((name) => name.value),
        plain,
      );
    }),
  );
});

test('what can be pinned: URIs as they are, DNS names in lower case', () => {
  assert.deepEqual(parsePeerName('spiffe://Bank/Envoy'), { kind: 'URI', value: 'spiffe://Bank/Envoy' });
  assert.deepEqual(parsePeerName('Envoy.Bank.test'), { kind: 'DNS', value: 'envoy.bank.test' });
});

for (const text of [
  '*.bank.test',
  '10.0.0.1',
  '::1',
  'a b',
  'spiffe://',
  'spiffe://a/b,c',
  'a..b',
  '-a',
  'x'.repeat(254),
])
  test(`${text.slice(0, 20)} cannot be pinned`, () => assert.equal(parsePeerName(text), undefined));
