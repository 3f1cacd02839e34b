/**
 * Walks the fields of one protobuf message where it lies (https://protobuf.dev/programming-guides/encoding). Nothing is copied and
 * nothing thrown: a fault ends the walk and says why. A caller looks at `fault` when `next` says no more.
 */
import { maxVarintBytes, VarintReader } from './varint.ts';

export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** protobuf's own bound: 29 bits of field number, 3 of wire type. */
const maxTag = 0xffff_ffff;
const maxTagBytes = 5;

export class Fields extends VarintReader {
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

  /** False: no field is left, or the rest cannot be read. */
  next(): boolean {
    if (this.position >= this.end || this.fault !== undefined) return false;
    this.at = this.position;
    if (!this.#varint(maxTagBytes)) return false;
    const tag = this.value;
    // Field 0 is none; more than 32 bits would be another field to whoever cuts it to them.
    if (tag < 8 || tag > maxTag) return this.#fail('protobuf_tag');
    this.field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    this.from = this.position;
    return this.#stepOver();
  }

  #stepOver(): boolean {
    switch (this.wireType) {
      case wireTypes.varint:
        if (!this.#varint(maxVarintBytes)) return false;
        this.to = this.position;
        return true;
      case wireTypes.fixed64:
        return this.#advance(8);
      case wireTypes.fixed32:
        return this.#advance(4);
      case wireTypes.bytes:
        this.lengthAt = this.position;
        if (!this.#varint(maxVarintBytes)) return false;
        this.from = this.position;
        return this.#advance(this.value);
      default:
        // Groups were given up before proto3; nobody agrees on how to step over a damaged one.
        return this.#fail('protobuf_wire_type');
    }
  }

  #advance(length: number): boolean {
    if (length > this.end - this.position) return this.#fail('protobuf_length');
    this.position += length;
    this.to = this.position;
    return true;
  }

  #varint(maxBytes: number): boolean {
    const reason = this.readVarint(maxBytes);
    return reason === undefined || this.#fail(reason === 'cut' ? 'protobuf_cut' : 'protobuf_varint_too_long');
  }

  /** The value of a varint field as a count; undefined when it is not one that a double holds exactly (negative ones are not). */
  count(): number | undefined {
    return this.wireType === wireTypes.varint && Number.isSafeInteger(this.value) ? this.value : undefined;
  }

  #fail(reason: string): false {
    this.fault = reason;
    return false;
  }
}
