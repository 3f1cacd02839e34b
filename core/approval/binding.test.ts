import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KeyedDigest } from '../ports.ts';
import { type BindingParts, bindingOf, boundHeaders, canonicalBinding } from './binding.ts';

const keyed: KeyedDigest = {
  keyId: 'test',
  digest: (...parts) => {
    const hmac = createHmac('sha256', 'test key');
    for (const part of parts) hmac.update(part);
    return hmac.digest();
  },
  incremental: () => {
    throw new Error('not used by a binding');
  },
};

const call: BindingParts = {
  digest: 'ab'.repeat(32),
  method: 'POST',
  authority: 'scoring.bank.test',
  path: '/v2/models/scorecard/infer?trace=1',
  headers: [
    ['Content-Type', 'application/json'],
    ['accept', '*/*'],
    ['authorization', 'Bearer one'],
    ['x-stainless-retry-count', '0'],
  ],
  requester: { issuer: 'https://login.bank.test', subject: 'ana' },
  endpoint: 'credit-scoring',
  model: { name: 'scorecard', version: '7' },
  rule: 'bulk-needs-a-second-person',
  terms: { groups: ['model-risk', 'credit-heads'], count: 1, scope: 'request' },
  mask: { request: 'none', response: 'bank' },
};
const hex = (parts: BindingParts) => Buffer.from(canonicalBinding(parts)).toString('hex');
const withHeader = (name: string, value: string): BindingParts => ({
  ...call,
  headers: [...call.headers, [name, value]],
});

test('a retry with a renewed token, another retry count and reordered headers is the same call', () => {
  const retry: BindingParts = {
    ...call,
    headers: [
      ['x-stainless-retry-count', '1'],
      ['authorization', 'Bearer two'],
      ['ACCEPT', ' */* '],
      ['content-type', 'application/json'],
      ['traceparent', '00-aa-bb-01'],
    ],
    terms: { ...call.terms, groups: ['credit-heads', 'model-risk'] },
  };
  assert.equal(bindingOf(retry, keyed), bindingOf(call, keyed));
});

const changes: Readonly<Record<string, BindingParts>> = {
  body: { ...call, digest: `00${'ab'.repeat(31)}` },
  method: { ...call, method: 'PUT' },
  authority: { ...call, authority: 'scoring.bank.test:8443' },
  path: { ...call, path: '/v2/models/other/infer?trace=1' },
  query: { ...call, path: '/v2/models/scorecard/infer?trace=2' },
  issuer: { ...call, requester: { ...call.requester, issuer: 'https://partner.test' } },
  subject: { ...call, requester: { ...call.requester, subject: 'bob' } },
  endpoint: { ...call, endpoint: 'credit-scoring-2' },
  model: { ...call, model: { name: 'scorecard2', version: '7' } },
  'model version': { ...call, model: { name: 'scorecard', version: '8' } },
  'no model version': { ...call, model: { name: 'scorecard' } },
  'empty model version': { ...call, model: { name: 'scorecard', version: '' } },
  rule: { ...call, rule: 'another' },
  'number of people': { ...call, terms: { ...call.terms, count: 2 } },
  'deciding groups': { ...call, terms: { ...call.terms, groups: ['model-risk'] } },
  'request mask': { ...call, mask: { request: 'bank', response: 'bank' } },
  'response mask': { ...call, mask: { request: 'none', response: 'none' } },
  'masks swapped': { ...call, mask: { request: 'bank', response: 'none' } },
  ...Object.fromEntries(boundHeaders.map((name) => [`header ${name}`, withHeader(name, 'x')])),
};
for (const [what, changed] of Object.entries(changes)) {
  test(`another ${what} is another call`, () => assert.notEqual(bindingOf(changed, keyed), bindingOf(call, keyed)));
}

test('every change gives bytes of its own', () => {
  const all = [call, ...Object.values(changes)].map(hex);
  assert.equal(new Set(all).size, all.length);
});

test('text cannot move from one field into its neighbour, nor one header value into two', () => {
  const text = fc.string({ unit: fc.constantFrom('s', 'l', '\0', '\u0001', 'a'), maxLength: 6 });
  const some = fc.record({
    a: text,
    b: text,
    values: fc.array(
      text.map((value) => value.trim()),
      { maxLength: 3 },
    ),
  });
  const parts = ({ a, b, values }: { a: string; b: string; values: string[] }): BindingParts => ({
    ...call,
    method: a,
    authority: b,
    headers: values.map((value) => ['accept', value] as const),
  });
  fc.assert(
    fc.property(some, some, (one, other) => {
      assert.equal(hex(parts(one)) === hex(parts(other)), JSON.stringify(one) === JSON.stringify(other));
    }),
  );
});

test('the layout is fixed: a change of it needs a new version tag', () => {
  assert.equal(bindingOf(call, keyed), 'b85a844e226422705f895d0a5a2a7bacbecf26f315afc325446bfddc6b4d13eb');
});
