/** Lists of numbers, packed and unpacked. */
import { type Fields, wireTypes } from './fields.ts';
import type { NumberKind } from './schema.ts';
import { maxVarintBytes, VarintReader } from './varint.ts';

/** Values of a field that holds a list of `type`; undefined: the packed bytes are no whole number of them. */
export function countValues(bytes: Uint8Array, fields: Fields, type: NumberKind): number | undefined {
  if (fields.wireType !== wireTypes.bytes) return 1;
  const width = type === 'float' ? 4 : type === 'double' ? 8 : undefined;
  const length = fields.to - fields.from;
  if (width !== undefined) return length % width === 0 ? length / width : undefined;
  let count = 0;
  for (let at = fields.from; at < fields.to; at++) if ((bytes[at] ?? 0) < 0x80) count++;
  return length === 0 || (bytes[fields.to - 1] ?? 0) < 0x80 ? count : undefined;
}

/** Appends the numbers of a list of int64 that are counts; false: one is not, or there are more than `most`. */
export function appendCounts(bytes: Uint8Array, fields: Fields, most: number, counts: number[]): boolean {
  if (fields.wireType !== wireTypes.bytes) {
    const count = fields.count();
    return count !== undefined && counts.push(count) <= most;
  }
  const list = new VarintReader(bytes, fields.from, fields.to);
  while (list.position < list.end) {
    if (list.readVarint(maxVarintBytes) !== undefined) return false;
    if (!Number.isSafeInteger(list.value) || counts.push(list.value) > most) return false;
  }
  return true;
}
