/** The wire format itself, at its edges. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fieldSet, ProtobufReader, WireError } from './protobuf-reader.ts';
import { fieldBytes, ProtobufWriter, varintBytes } from './protobuf-writer.ts';
import { raw, varint } from './random-message.testing.ts';

function on(bytes: readonly number[] | Buffer): ProtobufReader {
  const reader = new ProtobufReader();
  reader.open(Buffer.from(bytes));
  return reader;
}
const continued = (count: number, last: number): number[] => [...Array.from({ length: count }, () => 0x80), last];

describe('numbers', () => {
  test('int32 is the low 32 bits of any varint', () => {
    const anyNumber = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.constantFrom(
        0n,
        127n,
        128n,
        2n ** 31n - 1n,
        2n ** 31n,
        2n ** 32n - 1n,
        2n ** 32n,
        2n ** 32n + 4n,
        2n ** 64n - 1n,
      ),
    );
    fc.assert(
      fc.property(anyNumber, (value) => {
        const reader = on(varint(value));
        assert.equal(reader.int32(), Number(BigInt.asIntN(32, value)));
        assert.equal(reader.more, false);
      }),
    );
  });

  test('a bool is true when any of 64 bits is set, padded or not', () => {
    for (const [bytes, value] of [
      [[0], false],
      [[1], true],
      [[2], true],
      [continued(1, 0), false],
      [continued(9, 0), false],
      [continued(9, 1), true],
      [varint(2n ** 32n), true],
    ] as const)
      assert.equal(on([...bytes]).bool(), value);
  });

  test('ten bytes are a varint, eleven are none', () => {
    assert.equal(on(continued(9, 1)).int32(), 0);
    assert.throws(() => on(continued(10, 0)).int32(), WireError);
    assert.throws(() => on(continued(10, 0)).bool(), WireError);
  });

  for (let length = 0; length < 10; length++)
    test(`a varint that ends after ${length} bytes of ten is refused`, () => {
      assert.throws(() => on(continued(9, 1).slice(0, length)).int32(), WireError);
      assert.throws(() => on(continued(9, 1).slice(0, length)).bool(), WireError);
    });
});

describe('tags', () => {
  const tags: Readonly<Record<string, readonly number[]>> = {
    'field zero': [0x02],
    'more than 32 bits, the low ones those of field 2': [...varint(2n ** 32n + 18n)],
    'more than five bytes, padded': continued(5, 0),
    'the largest field number and one more': [...varint(2n ** 32n)],
  };
  for (const [what, bytes] of Object.entries(tags))
    test(`refused: ${what}`, () => {
      assert.throws(() => on(bytes).tag(), WireError);
    });

  test('the largest field number is a tag', () => {
    assert.equal(on(varint(2n ** 32n - 6n)).tag(), 2 ** 32 - 6);
  });

  test('a padded tag is the same tag', () => {
    assert.equal(on([0x92, 0x80, 0x00]).tag(), 18);
  });
});

describe('fields', () => {
  test('an unknown one is stepped over, whatever its wire type', () => {
    for (const field of [
      raw(40, 0, varint(2n ** 64n - 1n)),
      raw(40, 1, Buffer.alloc(8)),
      raw(40, 2, Buffer.from([3, 1, 2, 3])),
      raw(40, 5, Buffer.alloc(4)),
    ]) {
      const reader = on(field);
      reader.skip(reader.tag(), fieldSet([1, 8]));
      assert.equal(reader.more, false);
      for (let length = 2; length < field.length; length++) {
        const cut = on(field.subarray(0, length));
        assert.throws(() => cut.skip(cut.tag(), 0), WireError);
      }
    }
  });

  for (const wireType of [3, 4, 6, 7])
    test(`wire type ${wireType} is refused: groups are none of proto3, and the others are no types`, () => {
      const reader = on(raw(40, wireType, Buffer.from([0])));
      assert.throws(() => reader.skip(reader.tag(), 0), WireError);
    });

  test('a known one of another wire type is refused, and field 33 is not taken for field 1', () => {
    const reader = on(raw(1, 5, Buffer.alloc(4)));
    assert.throws(() => reader.skip(reader.tag(), fieldSet([1])), WireError);
    const other = on(raw(33, 5, Buffer.alloc(4)));
    other.skip(other.tag(), fieldSet([1]));
    assert.equal(other.more, false);
  });

  for (const length of [2, 2 ** 31, 2 ** 32 + 1, 2 ** 53, 2n ** 64n - 1n])
    test(`a length of ${length} in front of one byte is refused`, () => {
      const bytes = Buffer.concat([varint(length), Buffer.from([0])]);
      for (const read of ['lengthEnd', 'enter', 'view', 'string'] as const)
        assert.throws(() => on(bytes)[read](), WireError);
    });

  test('a nested message ends where it says, and not behind its outer one', () => {
    const reader = on([3, 5, 0, 0, 0, 0]);
    const outer = reader.enter();
    assert.throws(() => reader.enter(), WireError);
    reader.leave(outer);
    assert.equal(reader.position, 4);
    assert.equal(reader.more, true);
  });
});

describe('writing', () => {
  test('the size of a varint is what it takes, at each edge', () => {
    for (const value of [
      0, 1, 0x7f, 0x80, 0x3fff, 0x4000, 0x1f_ffff, 0x20_0000, 0xfff_ffff, 0x1000_0000, 0x7fff_ffff,
    ]) {
      const writer = new ProtobufWriter(varintBytes(value));
      writer.varint(value);
      assert.deepEqual(writer.finish(), varint(value));
    }
  });

  test('a message of another size than computed is not sent: it would carry what the memory held before', () => {
    for (const size of [fieldBytes(3) - 1, fieldBytes(3) + 1]) {
      const writer = new ProtobufWriter(size);
      assert.throws(() => {
        writer.latin1(1, 'abc');
        writer.finish();
      }, RangeError);
    }
  });
});
