import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { json, testScan } from '@countersign/core/ledger/canonical-scan.testing.ts';
import { canonicalObjectEnd } from '@countersign/core/ledger/canonical-scan.ts';
import { runs } from '@countersign/core/masking/seeded-runs.testing.ts';
import fc from 'fast-check';
import createWabt from 'wabt';
import { assembled, CanonicalScan } from './canonical-scan.ts';

test('what runs is what canonical-scan.wat says', async () => {
  const text = readFileSync(new URL('canonical-scan.wat', import.meta.url), 'utf8');
  const wabt = await createWabt();
  const { buffer } = wabt.parseWat('canonical-scan.wat', text).toBinary({});
  assert.equal(Buffer.from(buffer).toString('base64'), assembled);
});

/** One for all: what lies behind what was loaded is left of others. */
const scan = new CanonicalScan();
function objectEnd(bytes: Uint8Array, at: number, depth: number): number {
  scan.load(bytes);
  return scan.objectEnd(at, depth);
}

testScan(objectEnd);

test('it says the same as the other one, of every byte of whatever bytes', (t) => {
  const near = [...'{}[]:,"\\\b\u001f 0123456789-eutfnrls\x7f\x80é', ...'😀'].flatMap((text) => [...Buffer.from(text)]);
  const bytes = fc.oneof(
    fc.array(fc.constantFrom(...near), { maxLength: 60 }).map((each) => Uint8Array.from(each)),
    fc.tuple(json, fc.nat(), fc.constantFrom(...near)).map(([value, place, byte]) => {
      const text = Buffer.from(JSON.stringify(value));
      text[place % text.length] = byte;
      return text;
    }),
  );
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 33 }), (some, depth) => {
      scan.load(some);
      for (let at = 0; at <= some.length; at++)
        assert.equal(scan.objectEnd(at, depth), canonicalObjectEnd(some, at, depth), `at ${at}`);
    }),
    runs(t, 3000),
  );
});

test('of all that follow a backslash', () => {
  for (let byte = 0; byte < 256; byte++) {
    for (const spelled of [[byte], [0x75, 0x30, 0x30, 0x30, byte], [0x75, 0x30, 0x30, byte, 0x31]]) {
      const bytes = Buffer.concat([Buffer.from('{"a":"\\'), Buffer.from(spelled), Buffer.from('"}')]);
      assert.equal(objectEnd(bytes, 0, 1), canonicalObjectEnd(bytes, 0, 1), `${spelled}`);
    }
  }
});

test('what lay there before is not looked at', () => {
  const text = '{"a":"0123456789"}';
  for (let cut = 0; cut < text.length; cut++) {
    scan.load(Buffer.from(text.repeat(4)));
    assert.equal(objectEnd(Buffer.from(text.slice(0, cut)), 0, 1), -1, text.slice(0, cut));
    assert.equal(scan.objectEnd(cut, 1), -1);
    assert.equal(scan.objectEnd(text.length, 1), -1);
  }
});

test('a text of some MiB, and of whatever length', () => {
  for (let length = 0; length < 80; length++) {
    for (const bytes of [length, length + (3 << 20)].map((n) =>
      Buffer.from(`{"${'a'.repeat(length)}":"${'b'.repeat(n)}"}`),
    ))
      assert.equal(objectEnd(bytes, 0, 1), bytes.length);
  }
});
