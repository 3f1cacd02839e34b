/** Messages as no Envoy sends them, and what a decoder may make of them. */
import assert from 'node:assert/strict';
import fc, { type Arbitrary } from 'fast-check';
import { WireError } from './protobuf-reader.ts';
import { isPlain, messageOf } from './schema.testing.ts';

/** Cut off, some bytes of it replaced, a piece taken out or repeated. */
export const damaged = (whole: Arbitrary<Buffer>): Arbitrary<Buffer> =>
  whole.chain((bytes) => {
    const place = fc.nat({ max: bytes.length });
    const piece = fc.tuple(place, place).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    const replaced = fc.array(fc.tuple(place, fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }).map((flips) => {
      const copy = Buffer.from(bytes);
      for (const [at, value] of flips) if (at < copy.length) copy[at] = value;
      return copy;
    });
    return fc.oneof(
      place.map((end) => Buffer.from(bytes.subarray(0, end))),
      replaced,
      piece.map(([from, to]) => Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])),
      piece.map(([from, to]) => Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)])),
    );
  });

/** Holds one decoder to its promise on bytes of any kind. Says which way it kept it. */
export function judge(
  name: string,
  bytes: Buffer,
  decode: (bytes: Buffer) => object,
  reference: (bytes: Buffer) => object,
): 'read' | 'refused' | 'unjudged' {
  const result = attempt(decode, bytes);
  // The same bytes inside of others: what is around them must not matter.
  for (const filler of [0x00, 0x08, 0xff]) {
    const around = Buffer.alloc(64, filler);
    const inside = Buffer.concat([around, bytes, around]).subarray(64, 64 + bytes.length);
    assert.deepEqual(attempt(decode, inside), result);
  }
  if (result === undefined) return 'refused';
  // Where libraries disagree there is nothing to hold it against. The reference has limits of its own besides.
  const expected = isPlain(messageOf(name), bytes) ? attemptReference(reference, bytes) : undefined;
  if (expected === undefined) return 'unjudged';
  assert.deepEqual(result, expected);
  return 'read';
}

function attempt(decode: (bytes: Buffer) => object, bytes: Buffer): object | undefined {
  try {
    return decode(bytes);
  } catch (error) {
    assert.ok(error instanceof WireError, String(error));
    return undefined;
  }
}

function attemptReference(reference: (bytes: Buffer) => object, bytes: Buffer): object | undefined {
  try {
    return reference(bytes);
  } catch {
    return undefined;
  }
}
