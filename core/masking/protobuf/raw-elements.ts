/** Text values of a tensor as they lie in memory: each behind its length, four bytes, little-endian (Triton's BYTES). */
import { elementLengthBytes } from '../../body/tensor-types.ts';
import type { Inner } from '../formats/inner.ts';
import { maskBytes } from './byte-text.ts';
import type { Edits } from './edits.ts';

/** How much longer bytes[from, to) gets; undefined: it is no list of values. */
export function maskElements(
  bytes: Uint8Array,
  from: number,
  to: number,
  inner: Inner,
  key: string,
  edits: Edits,
): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let growth = 0;
  let at = from;
  while (at < to) {
    const begin = at + elementLengthBytes;
    if (begin > to) return undefined;
    const end = begin + view.getUint32(at, true);
    if (end > to) return undefined;
    const value = bytes.subarray(begin, end);
    const masked = maskBytes(inner, value, key);
    if (masked !== value) {
      if (masked.length !== value.length) edits.add(at, begin, elementLength(masked.length));
      edits.add(begin, end, masked);
      growth += masked.length - value.length;
    }
    at = end;
  }
  return growth;
}

function elementLength(length: number): Uint8Array {
  const bytes = new Uint8Array(elementLengthBytes);
  new DataView(bytes.buffer).setUint32(0, length, true);
  return bytes;
}
