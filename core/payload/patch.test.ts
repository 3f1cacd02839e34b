import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patchCodec } from '@countersign/adapters/zlib/patch-codec.ts';
import fc from 'fast-check';
import { applyPatch, makePatch, paddedLength, type Sent } from './patch.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function roundTrip(copy: Uint8Array, received: Uint8Array, sent: Sent): void {
  const patch = makePatch(copy, received, sent, patchCodec);
  const expected = typeof sent !== 'string' ? sent : sent === 'copy' ? copy : received;
  if (patch === undefined) {
    assert.ok(same(received, copy) && same(expected, copy));
    return;
  }
  assert.equal(patch.length, paddedLength(patch.length), 'padded');
  const restored = applyPatch(copy, patch, patchCodec);
  assert.ok(restored.ok);
  assert.ok(same(restored.value.received, received), 'received');
  assert.ok(same(restored.value.sent, expected), 'sent');
}

const copy = bytes('{"ssn":"***-**-****","name":"Ana","card":"************1111"}');
const received = bytes('{"ssn":"123-45-6789","name":"Ana","card":"4111111111111111"}');

test('what masks of the same length hid comes back', () => {
  roundTrip(copy, received, 'received');
  roundTrip(copy, received, 'copy');
});

test('traffic that was masked otherwise than the copy has bytes of its own', () => {
  roundTrip(copy, received, bytes('{"ssn":"123-45-6789","name":"Ana","card":"************1111"}'));
});

test('where nothing was masked there is no patch', () => {
  assert.equal(makePatch(copy, copy, 'received', patchCodec), undefined);
  assert.equal(makePatch(copy, copy.slice(), copy.slice(), patchCodec), undefined);
});

test('masks of another length, an empty copy, and a copy that looks like a trained dictionary', () => {
  roundTrip(bytes('mail [email] now'), bytes('mail ana@bank.example now'), 'received');
  roundTrip(new Uint8Array(0), received, 'copy');
  roundTrip(copy, new Uint8Array(0), 'copy');
  const magic = Uint8Array.of(0x37, 0xa4, 0x30, 0xec, ...copy);
  roundTrip(magic, received, 'received');
});

test('any copy, original and forwarded bytes come back', () => {
  const body = fc.uint8Array({ maxLength: 3000 });
  const near = body.chain((base) =>
    fc.array(fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 20 })), { maxLength: 8 }).map((edits) => {
      const other = base.slice();
      for (const [at, edit] of edits)
        if (edit.length <= other.length) other.set(edit, at % (other.length - edit.length + 1));
      return [base, other] as const;
    }),
  );
  const pairs = fc.oneof(near, fc.tuple(body, body));
  fc.assert(
    fc.property(pairs, fc.oneof(fc.constantFrom('copy' as const, 'received' as const), body), ([a, b], sent) =>
      roundTrip(a, b, sent),
    ),
    { numRuns: 300 },
  );
});

test('a patch that was cut, altered or made for another copy is an error, never other bytes and never an exception', () => {
  const patch = makePatch(copy, received, 'received', patchCodec);
  assert.ok(patch);
  for (const length of [0, 1, 5, 6]) assert.equal(applyPatch(copy, patch.subarray(0, length), patchCodec).ok, false);
  assert.equal(applyPatch(copy.subarray(0, 20), patch, patchCodec).ok, false);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (altered) => {
      applyPatch(copy, altered, patchCodec);
    }),
    { numRuns: 300 },
  );
});

test('the size of a patch does not say how much was masked', () => {
  const one = makePatch(bytes('a *'), bytes('a 1'), 'received', patchCodec);
  const many = makePatch(bytes('a '.padEnd(180, '*')), bytes('a '.padEnd(180, '1')), 'received', patchCodec);
  assert.equal(one?.length, many?.length);
  for (const [length, expected] of [
    [1, 256],
    [256, 256],
    [257, 272],
    [1000, 1024],
    [100_000, 100_352],
  ] as const)
    assert.equal(paddedLength(length), expected);
});
