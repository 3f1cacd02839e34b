/** Text values of a tensor as they lie in memory: each behind its length, four bytes, little-endian (Triton's BYTES). */
import { elementLengthBytes } from '../../body/tensor-types.ts';

/** Of the value that begins at `at`, with its length; undefined: it would end behind `to`. */
export function endOfElement(bytes: Uint8Array, at: number, to: number): number | undefined {
  const from = at + elementLengthBytes;
  if (from > to) return undefined;
  const end = from + new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
  return end > to ? undefined : end;
}

export function elementLength(length: number): Uint8Array {
  const bytes = new Uint8Array(elementLengthBytes);
  new DataView(bytes.buffer).setUint32(0, length, true);
  return bytes;
}
