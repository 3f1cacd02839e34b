/** The one reader of protobuf's varints: seven bits a byte, the lowest first, the top bit set on all but the last. */

/** Of 64 bits, which is all that a varint may be. */
export const maxVarintBytes = 10;

/** Where a reader is. Walkers extend it, so that a field costs no object. */
export class VarintReader<B extends Uint8Array = Uint8Array> {
  bytes: B;
  position: number;
  end: number;
  /** What the last varint said: exact up to 2^53, beyond it only that it is more. */
  value = 0;

  constructor(bytes: B, position: number, end: number) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  /** Why there is no varint of up to so many bytes; undefined: it is `value`, and behind it is `position`. */
  readVarint(maxBytes: number): 'cut' | 'too_long' | undefined {
    const { bytes, end } = this;
    let at = this.position;
    if (at >= end) return 'cut';
    let byte = bytes[at++] ?? 0;
    let value = byte & 0x7f;
    for (let scale = 0x80, read = 1; byte >= 0x80; scale *= 0x80, read++) {
      if (read === maxBytes) return 'too_long';
      if (at >= end) return 'cut';
      byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
    }
    this.position = at;
    this.value = value;
    return undefined;
  }
}

/** All 64 bits of the varint in bytes[from, to). */
export function varintBits(bytes: Uint8Array, from: number, to: number): bigint {
  let bits = 0n;
  for (let at = from, shift = 0n; at < to; at++, shift += 7n) bits |= BigInt((bytes[at] ?? 0) & 0x7f) << shift;
  return BigInt.asUintN(64, bits);
}

/** How many bytes a length takes. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let left = value; left > 0x7f; left = Math.floor(left / 0x80)) bytes++;
  return bytes;
}

export function writeVarint(value: number): Uint8Array {
  const bytes = new Uint8Array(varintBytes(value));
  let left = value;
  for (let at = 0; at < bytes.length - 1; at++, left = Math.floor(left / 0x80)) bytes[at] = (left % 0x80) | 0x80;
  bytes[bytes.length - 1] = left;
  return bytes;
}

export function writeVarintBits(bits: bigint): Uint8Array {
  const bytes: number[] = [];
  let left = bits;
  for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  return Uint8Array.from([...bytes, Number(left)]);
}
