/**
 * Walks the fields of one protobuf message where it lies (https://protobuf.dev/programming-guides/encoding). Nothing is copied and
 * nothing thrown: a fault ends the walk and says why. A caller looks at `fault` when `next` says no more.
 */
export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** protobuf's own bound: 29 bits of field number, 3 of wire type. */
const maxTag = 0xffff_ffff;
const maxTagBytes = 5;
const maxVarintBytes = 10;

export class Fields {
  field = 0;
  wireType = 0;
  /** Where the field begins, with its tag. */
  at = 0;
  /** Where its value begins: of a length-delimited one, behind the length. */
  from = 0;
  /** Where it ends, and the next one begins. */
  to = 0;
  /** Of a length-delimited one: where its length is written. */
  lengthAt = 0;
  fault: string | undefined;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #position: number;
  /** What the last varint said: exact up to 2^53, beyond it only that it is more. */
  #value = 0;

  constructor(bytes: Uint8Array, from: number, end: number) {
    this.#bytes = bytes;
    this.#position = from;
    this.#end = end;
  }

  /** False: no field is left, or the rest cannot be read. */
  next(): boolean {
    if (this.#position >= this.#end || this.fault !== undefined) return false;
    this.at = this.#position;
    if (!this.#varint(maxTagBytes)) return false;
    const tag = this.#value;
    // Field 0 is none; more than 32 bits would be another field to whoever cuts it to them.
    if (tag < 8 || tag > maxTag) return this.#fail('protobuf_tag');
    this.field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    this.from = this.#position;
    return this.#stepOver();
  }

  #stepOver(): boolean {
    switch (this.wireType) {
      case wireTypes.varint:
        if (!this.#varint(maxVarintBytes)) return false;
        this.to = this.#position;
        return true;
      case wireTypes.fixed64:
        return this.#advance(8);
      case wireTypes.fixed32:
        return this.#advance(4);
      case wireTypes.bytes:
        this.lengthAt = this.#position;
        if (!this.#varint(maxVarintBytes)) return false;
        this.from = this.#position;
        return this.#advance(this.#value);
      default:
        // Groups were given up before proto3; nobody agrees on how to step over a damaged one.
        return this.#fail('protobuf_wire_type');
    }
  }

  #advance(length: number): boolean {
    if (length > this.#end - this.#position) return this.#fail('protobuf_length');
    this.#position += length;
    this.to = this.#position;
    return true;
  }

  #varint(maxBytes: number): boolean {
    let value = 0;
    let scale = 1;
    for (let read = 0; read < maxBytes; read++) {
      if (this.#position >= this.#end) return this.#fail('protobuf_cut');
      const byte = this.#bytes[this.#position++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.#value = value;
        return true;
      }
      scale *= 0x80;
    }
    return this.#fail('protobuf_varint_too_long');
  }

  /** The value of a varint field as a count; undefined when it is not one that a double holds exactly (negative ones are not). */
  count(): number | undefined {
    return this.wireType === wireTypes.varint && Number.isSafeInteger(this.#value) ? this.#value : undefined;
  }

  #fail(reason: string): false {
    this.fault = reason;
    return false;
  }
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

/** One of a packed list. undefined: it is cut, or longer than any number. */
export function readVarint(
  bytes: Uint8Array,
  from: number,
  end: number,
): { readonly value: number; readonly to: number } | undefined {
  let value = 0;
  let scale = 1;
  for (let at = from; at < end && at < from + maxVarintBytes; at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, to: at + 1 };
    scale *= 0x80;
  }
  return undefined;
}
