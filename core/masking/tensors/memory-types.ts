/** Numbers as they lie in memory, little-endian: what a tensor's bytes are, by its datatype. */
import type { NumberKind } from '../../body/protobuf/schema.ts';

export interface InMemory {
  readonly width: number;
  /** The largest value; floating point takes any. */
  readonly most: bigint | undefined;
  read(view: DataView, at: number): number | bigint;
  write(view: DataView, at: number, value: number | bigint): void;
}

const int8: InMemory = {
  width: 1,
  most: 2n ** 7n - 1n,
  read: (view, at) => BigInt(view.getInt8(at)),
  write: (view, at, value) => view.setInt8(at, Number(value)),
};
const uint8: InMemory = {
  width: 1,
  most: 2n ** 8n - 1n,
  read: (view, at) => BigInt(view.getUint8(at)),
  write: (view, at, value) => view.setUint8(at, Number(value)),
};
const int16: InMemory = {
  width: 2,
  most: 2n ** 15n - 1n,
  read: (view, at) => BigInt(view.getInt16(at, true)),
  write: (view, at, value) => view.setInt16(at, Number(value), true),
};
const uint16: InMemory = {
  width: 2,
  most: 2n ** 16n - 1n,
  read: (view, at) => BigInt(view.getUint16(at, true)),
  write: (view, at, value) => view.setUint16(at, Number(value), true),
};
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
  write: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
};
const uint64: InMemory = {
  width: 8,
  most: 2n ** 64n - 1n,
  read: (view, at) => view.getBigUint64(at, true),
  write: (view, at, value) => view.setBigUint64(at, BigInt(value), true),
};
const float: InMemory = {
  width: 4,
  most: undefined,
  read: (view, at) => view.getFloat32(at, true),
  write: (view, at, value) => view.setFloat32(at, Number(value), true),
};
const double: InMemory = {
  width: 8,
  most: undefined,
  read: (view, at) => view.getFloat64(at, true),
  write: (view, at, value) => view.setFloat64(at, Number(value), true),
};

/** By datatype of Open Inference and of TensorFlow: those that are long enough for a value that somebody looks for. */
export const longTypes: ReadonlyMap<string | number, InMemory> = new Map<string | number, InMemory>([
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

/** What only a rule hides. Not here: booleans, halves, complex and quantised numbers. */
export const shortTypes: ReadonlyMap<string | number, InMemory> = new Map<string | number, InMemory>([
  ['INT8', int8],
  ['INT16', int16],
  ['UINT8', uint8],
  ['UINT16', uint16],
  [4, uint8],
  [5, int16],
  [6, int8],
  [17, uint16],
]);

/** Of the lists of protobuf. */
export const typeOfKind: Readonly<Record<NumberKind, InMemory | undefined>> = {
  bool: undefined,
  int32,
  uint32,
  int64,
  uint64,
  float,
  double,
};
