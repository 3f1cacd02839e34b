import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { maskedHeaders } from './header-rules.ts';
import { decodePercent, encodePercent } from './percent.ts';

test('any text comes back, and nothing but printable ASCII stands in between', (context: TestContext) => {
  const seed = Date.now() % 0x7fffffff;
  context.diagnostic(`seed ${seed}`);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const encoded = encodePercent(text);
      assert.match(encoded, /^[ -~]*$/);
      assert.equal(decodePercent(encoded), text);
    }),
    { seed, numRuns: 300 },
  );
});
test('what is no escape stands for itself, in upper and lower case', () => {
  assert.equal(decodePercent('100 % of %zz, %4, %e2%80%93 and %E2%80%93'), '100 % of %zz, %4, – and –');
  assert.equal(decodePercent('%ff'), '\ufffd');
});
test('grpc-message is masked as whoever reads it reads it, and is the same where nothing is hidden', () => {
  const mask = (value: string): string => value.replace('536-22-8726', '***-**-****');
  const of = (value: string) => maskedHeaders([['grpc-message', value]], mask)[0]?.[1];
  assert.equal(of('customer %35%33%36-22-8726 %E2%80%93'), 'customer ***-**-**** %E2%80%93');
  assert.equal(of('customer 536-22-8726%21'), 'customer ***-**-****!');
  assert.equal(of('100%25, nothing'), undefined);
  assert.equal(maskedHeaders([['x-note', '%35%33%36-22-8726']], mask)[0], undefined);
});
