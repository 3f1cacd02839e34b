/**
 * Numbers of a tensor whose name says what they are: one rule for all of them, that of a number in JSON. What would be hidden
 * there becomes a number of as many digits, nines where nothing may stay; what is too large for its type has one nine less.
 * Negative numbers, fractions and types of less than 32 bits are no values that anybody looks for.
 */
import type { NumberKind } from '../../body/protobuf/schema.ts';
import { joined } from '../../bytes.ts';
import type { Inner } from '../formats/inner.ts';

/** A type whose values may say something, as they lie in memory. */
interface InMemory {
  readonly width: number;
  /** The largest value; floating point takes any. */
  readonly most: bigint | undefined;
  /** undefined: not a whole number, or not exactly one. */
  read(view: DataView, at: number): bigint | undefined;
  write(view: DataView, at: number, value: bigint): void;
}

const whole = (value: number): bigint | undefined => (Number.isSafeInteger(value) ? BigInt(value) : undefined);

const int32: InMemory = {
  width: 4,
  most: 2n ** 31n - 1n,
  read: (view, at) => BigInt(view.getInt32(at, true)),
  write: (view, at, value) => view.setInt32(at, Number(value), true),
};
const uint32: InMemory = {
  width: 4,
  most: 2n ** 32n - 1n,
  read: (view, at) => BigInt(view.getUint32(at, true)),
  write: (view, at, value) => view.setUint32(at, Number(value), true),
};
const int64: InMemory = {
  width: 8,
  most: 2n ** 63n - 1n,
  read: (view, at) => view.getBigInt64(at, true),
  write: (view, at, value) => view.setBigInt64(at, value, true),
};
const uint64: InMemory = {
  width: 8,
  most: 2n ** 64n - 1n,
  read: (view, at) => view.getBigUint64(at, true),
  write: (view, at, value) => view.setBigUint64(at, value, true),
};
const float: InMemory = {
  width: 4,
  most: undefined,
  read: (view, at) => whole(view.getFloat32(at, true)),
  write: (view, at, value) => view.setFloat32(at, Number(value), true),
};
const double: InMemory = {
  width: 8,
  most: undefined,
  read: (view, at) => whole(view.getFloat64(at, true)),
  write: (view, at, value) => view.setFloat64(at, Number(value), true),
};

/** By datatype of Open Inference and of TensorFlow. undefined: its values say nothing. */
const byDatatype: ReadonlyMap<string | number, InMemory> = new Map<string | number, InMemory>([
  ['INT32', int32],
  ['INT64', int64],
  ['UINT32', uint32],
  ['UINT64', uint64],
  ['FP32', float],
  ['FP64', double],
  [1, float],
  [2, double],
  [3, int32],
  [9, int64],
  [22, uint32],
  [23, uint64],
]);
const byKind: Readonly<Record<NumberKind, InMemory | undefined>> = {
  bool: undefined,
  int32,
  uint32,
  int64,
  uint64,
  float,
  double,
};

export const widthOf = (datatype: string): number | undefined => byDatatype.get(datatype)?.width;

/** Values as they lie in memory, little-endian, in their own length; the same object when none is to be hidden. */
export const maskTensor = (inner: Inner, bytes: Uint8Array, datatype: string | number, key: string): Uint8Array =>
  maskInMemory(inner, bytes, byDatatype.get(datatype), key);

/** Values of a list of protobuf; the same object when none is to be hidden. */
export function maskList(inner: Inner, bytes: Uint8Array, kind: NumberKind, key: string): Uint8Array {
  const type = byKind[kind];
  return type?.most === undefined ? maskInMemory(inner, bytes, type, key) : maskVarints(inner, bytes, type.most, key);
}

function maskInMemory(inner: Inner, bytes: Uint8Array, type: InMemory | undefined, key: string): Uint8Array {
  if (type === undefined) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let output: DataView<ArrayBuffer> | undefined;
  for (let at = 0; at + type.width <= bytes.length; at += type.width) {
    const value = type.read(view, at);
    if (value === undefined || value < 0n) continue;
    const masked = maskedNumber(inner, value, type.most, key);
    if (masked === value) continue;
    output ??= new DataView(Uint8Array.from(bytes).buffer);
    type.write(output, at, masked);
  }
  return output === undefined ? bytes : new Uint8Array(output.buffer);
}

function maskVarints(inner: Inner, bytes: Uint8Array, most: bigint, key: string): Uint8Array {
  const parts: Uint8Array[] = [];
  let copied = 0;
  for (let at = 0; at < bytes.length; ) {
    const [value, end] = varintAt(bytes, at);
    // A negative one is written as a very large one.
    const masked = value > most ? value : maskedNumber(inner, value, most, key);
    if (masked !== value) {
      parts.push(bytes.subarray(copied, at), varintOf(masked));
      copied = end;
    }
    at = end;
  }
  return parts.length === 0 ? bytes : joined([...parts, bytes.subarray(copied)]);
}

function maskedNumber(inner: Inner, value: bigint, most: bigint | undefined, key: string): bigint {
  const text = String(value);
  const masked = inner.number(text, key);
  if (masked === text) return value;
  // A token of letters is no number.
  const number = BigInt(/^\d+$/.test(masked) ? masked : '9'.repeat(text.length));
  return most === undefined || number <= most ? number : BigInt('9'.repeat(text.length - 1));
}

/** Of one that is cut, what is there. */
function varintAt(bytes: Uint8Array, from: number): readonly [value: bigint, end: number] {
  let value = 0n;
  let at = from;
  for (let shift = 0n; at < bytes.length; shift += 7n) {
    const byte = bytes[at++] ?? 0;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return [value, at];
}

function varintOf(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  return Uint8Array.from([...bytes, Number(left)]);
}
